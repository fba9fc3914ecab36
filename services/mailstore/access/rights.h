// Rights to a mailbox (RFC 4314 2.1) as a set, and in letters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {

// Values are stored (mailbox_acl.rights).
enum class Right : uint32_t {
  kLookup = 1 << 0,          // l: LIST shows it
  kRead = 1 << 1,            // r: SELECT, STATUS, FETCH, SEARCH, COPY from it
  kSeen = 1 << 2,            // s: change \Seen
  kWrite = 1 << 3,           // w: change other flags and keywords, shared annotations
  kInsert = 1 << 4,          // i: APPEND, COPY into it
  kPost = 1 << 5,            // p: recorded for clients; nothing here asks for it
  kCreate = 1 << 6,          // k: make mailboxes below it
  kDeleteMailbox = 1 << 7,   // x
  kDeleteMessages = 1 << 8,  // t: change \Deleted
  kExpunge = 1 << 9,         // e
  kAdminister = 1 << 10,     // a: read and change the access list
};

class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(Right right) : bits_(static_cast<uint32_t>(right)) {}  // NOLINT: a set of one
  static constexpr Rights FromBits(uint32_t bits) { return Rights(bits & kAllBits, 0); }
  static constexpr Rights All() { return Rights(kAllBits, 0); }

  constexpr uint32_t bits() const { return bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool Has(Right right) const { return (bits_ & static_cast<uint32_t>(right)) != 0; }
  constexpr bool HasAll(Rights rights) const { return (bits_ & rights.bits_) == rights.bits_; }
  constexpr bool HasAny(Rights rights) const { return (bits_ & rights.bits_) != 0; }

  friend constexpr Rights operator|(Rights a, Rights b) { return Rights(a.bits_ | b.bits_, 0); }
  friend constexpr Rights operator-(Rights a, Rights b) { return Rights(a.bits_ & ~b.bits_, 0); }
  friend constexpr bool operator==(Rights, Rights) = default;

 private:
  static constexpr uint32_t kAllBits = (1 << 11) - 1;
  constexpr Rights(uint32_t bits, int) : bits_(bits) {}

  uint32_t bits_ = 0;
};

constexpr Rights operator|(Right a, Right b) { return Rights(a) | Rights(b); }

// Letters of RFC 4314 2.1, each once, in the order of the enum.
std::string FormatRights(Rights rights);
// InvalidArgument for another letter, also for the obsolete c and d.
absl::StatusOr<Rights> ParseRights(absl::string_view letters);

// Which of the flags a writer brings may be changed with its rights (RFC 4314 4).
struct FlagMask {
  uint32_t flags = UINT32_MAX;  // v1::SystemFlag bits
  bool keywords = true;

  uint32_t Of(uint32_t wanted) const { return wanted & flags; }
  bool none() const { return flags == 0 && !keywords; }
};
FlagMask ChangeableFlags(Rights rights);

}  // namespace posthorn::store
