#include "mailstore/message/thread_tree.h"

#include <algorithm>
#include <utility>

namespace posthorn::store {

uint32_t ThreadTree::Add(uint32_t message) {
  nodes_.push_back({.message = message});
  return static_cast<uint32_t>(nodes_.size() - 1);
}

bool ThreadTree::IsAbove(uint32_t ancestor, uint32_t n, uint64_t* steps) const {
  for (; n != kNone; n = nodes_[n].parent) {
    if (n == ancestor || *steps == 0) {
      return true;
    }
    --*steps;
  }
  return false;
}

void ThreadTree::FillChildren() {
  for (uint32_t n = 0; n < nodes_.size(); ++n) {
    const uint32_t parent = nodes_[n].parent;
    (parent == kNone ? roots_ : nodes_[parent].children).push_back(n);
  }
}

std::vector<uint32_t> ThreadTree::ChildrenFirst() const {
  std::vector<uint32_t> order = roots_;
  for (size_t i = 0; i < order.size(); ++i) {
    const std::vector<uint32_t>& children = nodes_[order[i]].children;
    order.insert(order.end(), children.begin(), children.end());
  }
  std::reverse(order.begin(), order.end());
  return order;
}

void ThreadTree::Prune() {
  // Children first, so that what is below a node is already as it will be.
  const auto prune = [this](std::vector<uint32_t>* list, bool top) {
    std::vector<uint32_t> kept;
    for (const uint32_t n : *list) {
      Node& node = nodes_[n];
      if (node.message != kNone || (top && node.children.size() > 1)) {
        kept.push_back(n);
      } else {
        // Without children it goes; else they take its place, in whatever order: all are sorted
        // later. The longer list stays where it is, so that none is copied again and again.
        if (node.children.size() > kept.size()) {
          std::swap(kept, node.children);
        }
        kept.insert(kept.end(), node.children.begin(), node.children.end());
        node.children.clear();
      }
    }
    *list = std::move(kept);
  };
  for (const uint32_t n : ChildrenFirst()) {
    prune(&nodes_[n].children, false);
  }
  prune(&roots_, true);
}

void ThreadTree::SortByDate(std::vector<uint32_t>* nodes) const {
  std::sort(nodes->begin(), nodes->end(), [this](uint32_t a, uint32_t b) {
    return std::pair(nodes_[a].date, nodes_[a].place) < std::pair(nodes_[b].date, nodes_[b].place);
  });
}

void ThreadTree::SortSiblings() {
  for (const uint32_t n : ChildrenFirst()) {
    Node& node = nodes_[n];
    SortByDate(&node.children);
    if (node.message != kNone) {
      node.date = SentTime(messages_[node.message]);
      node.place = node.message;
    } else if (!node.children.empty()) {
      // Step 4: that of its first child.
      node.date = nodes_[node.children.front()].date;
      node.place = nodes_[node.children.front()].place;
    }
  }
  SortByDate(&roots_);
}

void ThreadTree::SortRootsByLatestArrival() {
  std::vector<std::pair<int64_t, uint32_t>> latest(nodes_.size(), {INT64_MIN, 0});
  for (const uint32_t n : ChildrenFirst()) {
    const Node& node = nodes_[n];
    if (node.message != kNone) {
      latest[n] = {messages_[node.message].row.internal_date, node.message};
    }
    for (const uint32_t child : node.children) {
      latest[n] = std::max(latest[n], latest[child]);
    }
  }
  std::sort(roots_.begin(), roots_.end(),
            [&latest](uint32_t a, uint32_t b) { return latest[a] < latest[b]; });
}

void ThreadTree::Write(v1::ThreadResponse* response) const {
  std::vector<uint32_t> left(roots_.rbegin(), roots_.rend());
  while (!left.empty()) {
    const Node& node = nodes_[left.back()];
    left.pop_back();
    response->add_uids(node.message == kNone ? 0 : messages_[node.message].row.uid.value());
    response->add_children(static_cast<uint32_t>(node.children.size()));
    left.insert(left.end(), node.children.rbegin(), node.children.rend());
  }
}

}  // namespace posthorn::store
