#include "mailstore/message/thread.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "mailstore/message/thread_tree.h"

namespace posthorn::store {
namespace {

constexpr uint32_t kNone = ThreadTree::kNone;

absl::string_view SubjectOf(const FoundMessage& message) {
  return message.header.block->Text(message.header.i, HeaderText::kBaseSubject);
}

// RFC 5256 3, REFERENCES steps 1 and 2.
class Linker {
 public:
  explicit Linker(ThreadTree* tree) : tree_(tree) {}

  void AddMessage(uint32_t index, const FoundMessage& message) {
    const absl::Span<const uint64_t> ids = message.header.block->ThreadIds(message.header.i);
    // (B): the references among each other, where nothing is known yet.
    uint32_t last = kNone;
    for (size_t i = 1; i < ids.size(); ++i) {
      const uint32_t next = NodeOf(ids[i]);
      if (last != kNone && tree_->node(next).parent == kNone) {
        Link(last, next);
      }
      last = next;
    }
    // A Message-ID that another message has is as good as none.
    uint32_t own = ids.empty() || ids[0] == 0 ? kNone : NodeOf(ids[0]);
    if (own != kNone && tree_->node(own).message == kNone) {
      tree_->node(own).message = index;
    } else {
      own = NewNode(index);
    }
    // (C): what this message says of its parent counts more than what others did.
    Unlink(own);
    if (last != kNone) {
      Link(last, own);
    }
  }

 private:
  uint32_t NewNode(uint32_t message) {
    child_counts_.push_back(0);
    return tree_->Add(message);
  }

  uint32_t NodeOf(uint64_t id) {
    const auto [it, is_new] = nodes_.try_emplace(id, kNone);
    if (is_new) {
      it->second = NewNode(kNone);
    }
    return it->second;
  }

  void Unlink(uint32_t child) {
    uint32_t& parent = tree_->node(child).parent;
    if (parent != kNone) {
      --child_counts_[parent];
      parent = kNone;
    }
  }

  // Not if it would make a loop, for which the child needs children of its own. References made up
  // to be deep and to be looked through again and again lose some of their links.
  void Link(uint32_t parent, uint32_t child) {
    steps_ += kStepsEach;
    if (parent == child || (child_counts_[child] > 0 && tree_->IsAbove(child, parent, &steps_))) {
      return;
    }
    tree_->node(child).parent = parent;
    ++child_counts_[parent];
  }

  // Nodes that may be looked at for loops, in all.
  static constexpr uint64_t kStepsEach = 64;
  uint64_t steps_ = 1'000'000;

  ThreadTree* const tree_;
  std::vector<uint32_t> child_counts_;
  absl::flat_hash_map<uint64_t, uint32_t> nodes_;
};

// Step 5: threads of one subject become one.
class SubjectMerger {
 public:
  explicit SubjectMerger(ThreadTree* tree) : tree_(tree) {}

  void Merge() {
    for (const uint32_t root : tree_->roots()) {
      Enter(root);
    }
    const std::vector<uint32_t> before = std::move(tree_->roots());
    gone_.assign(tree_->size(), false);
    for (const uint32_t root : before) {
      Place(root);
    }
    for (const uint32_t root : before) {
      if (!gone_[root]) {
        tree_->roots().push_back(root);
      }
    }
    tree_->roots().insert(tree_->roots().end(), made_.begin(), made_.end());
  }

 private:
  bool IsDummy(uint32_t n) const { return tree_->node(n).message == kNone; }
  // The message whose subject is the thread's.
  const FoundMessage& First(uint32_t root) const {
    return tree_->MessageOf(IsDummy(root) ? tree_->node(root).children.front() : root);
  }
  bool IsReply(uint32_t root) const {
    const HeaderRow& header = First(root).header;
    return header.block->IsReply(header.i);
  }

  // (B)
  void Enter(uint32_t root) {
    const absl::string_view subject = SubjectOf(First(root));
    if (subject.empty()) {
      return;
    }
    const auto [it, is_new] = table_.try_emplace(subject, root);
    const bool better =
        (IsDummy(root) && !IsDummy(it->second)) ||
        (IsDummy(root) == IsDummy(it->second) && IsReply(it->second) && !IsReply(root));
    if (!is_new && better) {
      it->second = root;
    }
  }

  // (C)
  void Place(uint32_t root) {
    const auto it = table_.find(SubjectOf(First(root)));
    if (it == table_.end() || it->second == root) {
      return;
    }
    const uint32_t other = it->second;
    std::vector<uint32_t>& children = tree_->node(other).children;
    if (IsDummy(root) && IsDummy(other)) {
      const std::vector<uint32_t> own = std::move(tree_->node(root).children);
      children.insert(children.end(), own.begin(), own.end());
    } else if (IsDummy(other) || (IsReply(root) && !IsReply(other))) {
      children.push_back(root);
    } else {
      const uint32_t both = tree_->Add(kNone);
      tree_->node(both).children = {other, root};
      gone_.push_back(false);
      gone_[other] = true;
      made_.push_back(both);
      it->second = both;
    }
    gone_[root] = true;
  }

  ThreadTree* const tree_;
  absl::flat_hash_map<absl::string_view, uint32_t> table_;
  std::vector<bool> gone_;      // no root any more
  std::vector<uint32_t> made_;  // roots that came to be
};

void ByReferences(const std::vector<FoundMessage>& messages, bool by_subject, ThreadTree* tree) {
  Linker linker(tree);
  for (uint32_t i = 0; i < messages.size(); ++i) {
    linker.AddMessage(i, messages[i]);
  }
  tree->FillChildren();
  tree->Prune();
  tree->SortSiblings();
  if (by_subject) {
    SubjectMerger(tree).Merge();
    tree->SortSiblings();
  } else {
    tree->SortRootsByLatestArrival();
  }
}

// RFC 5256 3, ORDEREDSUBJECT: the first message of a subject above all others of it.
void BySubject(const std::vector<FoundMessage>& messages, ThreadTree* tree) {
  std::vector<uint32_t> by_date(messages.size());
  for (uint32_t i = 0; i < messages.size(); ++i) {
    by_date[i] = i;
  }
  std::sort(by_date.begin(), by_date.end(), [&messages](uint32_t a, uint32_t b) {
    return std::pair(SentTime(messages[a]), a) < std::pair(SentTime(messages[b]), b);
  });
  absl::flat_hash_map<absl::string_view, uint32_t> roots;
  for (const uint32_t i : by_date) {
    const uint32_t node = tree->Add(i);
    const auto [it, is_new] = roots.try_emplace(SubjectOf(messages[i]), node);
    if (is_new) {
      tree->roots().push_back(node);
    } else {
      tree->node(it->second).children.push_back(node);
    }
  }
}

}  // namespace

HeaderParts HeadersFor(v1::ThreadRequest::Algorithm algorithm) {
  switch (algorithm) {
    case v1::ThreadRequest::ALGORITHM_ORDEREDSUBJECT:
      return HeaderParts::Of({HeaderText::kBaseSubject}, /*thread_ids=*/false);
    case v1::ThreadRequest::ALGORITHM_REFS:
      return HeaderParts::Of({}, /*thread_ids=*/true);
    default:
      return HeaderParts::Of({HeaderText::kBaseSubject}, /*thread_ids=*/true);
  }
}

void ThreadMessages(v1::ThreadRequest::Algorithm algorithm,
                    const std::vector<FoundMessage>& messages, v1::ThreadResponse* response) {
  ThreadTree tree(messages);
  if (algorithm == v1::ThreadRequest::ALGORITHM_ORDEREDSUBJECT) {
    BySubject(messages, &tree);
  } else {
    ByReferences(messages, algorithm == v1::ThreadRequest::ALGORITHM_REFERENCES, &tree);
  }
  tree.Write(response);
}

}  // namespace posthorn::store
