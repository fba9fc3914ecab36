// A cache of immutable or self-locking values that holds a number of bytes and forgets what was
// used longest ago.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace posthorn {

// Thread-safe. Values live on with those who hold them.
template <typename Key, typename Value>
class ByteLru {
 public:
  explicit ByteLru(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null if it is not there.
  std::shared_ptr<Value> Get(const Key& key) {
    std::lock_guard lock(mutex_);
    const auto it = index_.find(key);
    if (it == index_.end()) {
      return nullptr;
    }
    order_.splice(order_.begin(), order_, it->second);
    return it->second->value;
  }

  // Replaces what is there.
  void Put(const Key& key, std::shared_ptr<Value> value, size_t bytes) {
    std::lock_guard lock(mutex_);
    Erase(key);
    order_.push_front({key, std::move(value), bytes});
    index_[key] = order_.begin();
    bytes_ += bytes;
    Shrink();
  }

  // The value there, or the one that make() gives, which starts with no bytes.
  template <typename Make>
  std::shared_ptr<Value> GetOrPut(const Key& key, Make make) {
    std::lock_guard lock(mutex_);
    if (const auto it = index_.find(key); it != index_.end()) {
      order_.splice(order_.begin(), order_, it->second);
      return it->second->value;
    }
    order_.push_front({key, make(), 0});
    index_[key] = order_.begin();
    return order_.front().value;
  }

  // The value has grown or shrunk.
  void Resize(const Key& key, size_t bytes) {
    std::lock_guard lock(mutex_);
    if (const auto it = index_.find(key); it != index_.end()) {
      bytes_ += bytes - it->second->bytes;
      it->second->bytes = bytes;
      Shrink();
    }
  }

  void Remove(const Key& key) {
    std::lock_guard lock(mutex_);
    Erase(key);
  }

  size_t bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  struct Entry {
    Key key;
    std::shared_ptr<Value> value;
    size_t bytes;
  };

  void Erase(const Key& key) {
    if (const auto it = index_.find(key); it != index_.end()) {
      bytes_ -= it->second->bytes;
      order_.erase(it->second);
      index_.erase(it);
    }
  }

  void Shrink() {
    while (bytes_ > max_bytes_ && !order_.empty()) {
      bytes_ -= order_.back().bytes;
      index_.erase(order_.back().key);
      order_.pop_back();
    }
  }

  const size_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> order_;  // most recently used first
  absl::flat_hash_map<Key, typename std::list<Entry>::iterator> index_;
  size_t bytes_ = 0;
};

}  // namespace posthorn
