// The octets of a message that is held until it has been filtered.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::filter {

// Where the spools of a process keep what is too long for memory, and how much that may be
// together. Thread-safe; outlives its spools.
class SpoolSpace {
 public:
  SpoolSpace(std::string folder, uint64_t limit) : folder_(std::move(folder)), limit_(limit) {}
  const std::string& folder() const { return folder_; }
  // False if there is no room for so many octets more.
  bool Take(uint64_t octets);
  void Give(uint64_t octets) { used_ -= octets; }
  uint64_t used() const { return used_; }

 private:
  const std::string folder_;
  const uint64_t limit_;
  std::atomic<uint64_t> used_ = 0;
};

// At most kInMemory octets are held in memory, longer spools in a file without a name, which is
// gone with the process. Its writes go to the page cache; the folder may be a tmpfs.
class Spool {
 public:
  static constexpr size_t kInMemory = 256 * 1024;

  explicit Spool(SpoolSpace& space) : space_(&space) {}
  ~Spool() { Clear(); }
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;

  // RESOURCE_EXHAUSTED if there is no room, UNAVAILABLE if the file cannot be written. The spool is
  // of no use then.
  absl::Status Append(absl::string_view octets);
  // Up to `size` octets from `offset`, fewer only at the end.
  absl::StatusOr<std::string> Read(uint64_t offset, size_t size) const;
  uint64_t size() const { return size_; }
  // An empty spool in the same space.
  Spool Another() const { return Spool(*space_); }
  void Clear();

 private:
  absl::Status OpenFile();
  absl::Status WriteFile(absl::string_view octets);

  SpoolSpace* space_;
  std::string memory_;  // all of it while there is no file
  int file_ = -1;
  uint64_t in_file_ = 0;
  uint64_t size_ = 0;
};

}  // namespace posthorn::filter
