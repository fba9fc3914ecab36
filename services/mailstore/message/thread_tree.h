// The trees that threads are built of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mailstore/message/sort.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

// Nodes by number. A node is a message, or stands for one that is not there. Nothing here recurses:
// a tree may be as deep as a mailbox is large.
class ThreadTree {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Node {
    uint32_t message = kNone;  // index of the message
    uint32_t parent = kNone;
    std::vector<uint32_t> children;
    int64_t date = 0;        // by which it is sorted among its siblings
    uint32_t place = kNone;  // after it, where dates are equal: the index of a message
  };

  explicit ThreadTree(const std::vector<FoundMessage>& messages) : messages_(messages) {}

  uint32_t Add(uint32_t message);
  Node& node(uint32_t n) { return nodes_[n]; }
  const Node& node(uint32_t n) const { return nodes_[n]; }
  size_t size() const { return nodes_.size(); }
  std::vector<uint32_t>& roots() { return roots_; }
  const FoundMessage& MessageOf(uint32_t n) const { return messages_[nodes_[n].message]; }

  // Whether `ancestor` is `n` or above it, by the parents. Takes a step of `steps` for each node it
  // looks at; true as well where they do not suffice to say.
  bool IsAbove(uint32_t ancestor, uint32_t n, uint64_t* steps) const;
  // Fills in roots and children from the parents.
  void FillChildren();
  // RFC 5256 3, step 3: removes nodes without a message where nothing needs them.
  void Prune();
  // Steps 4 and 6: dates of nodes, then every list of siblings by them.
  void SortSiblings();
  // Sorts the roots by the latest arrival in each thread.
  void SortRootsByLatestArrival();
  void Write(v1::ThreadResponse* response) const;

 private:
  // The nodes below the roots, children before their parents.
  std::vector<uint32_t> ChildrenFirst() const;
  void SortByDate(std::vector<uint32_t>* nodes) const;

  const std::vector<FoundMessage>& messages_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> roots_;
};

}  // namespace posthorn::store
