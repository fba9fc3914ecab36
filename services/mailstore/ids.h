// Numbers that name things in the store, each a type of its own so that none stands for another.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

namespace posthorn::store {

template <typename Tag, typename Rep>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Id, Id) = default;
  template <typename H>
  friend H AbslHashValue(H state, Id id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  Rep value_ = 0;
};

// Never reused.
using AccountId = Id<struct AccountTag, uint64_t>;
// Unique within an account, never reused in it. Always positive.
using MailboxId = Id<struct MailboxTag, int32_t>;
// Unique within a mailbox (RFC 9051 2.3.1.1). The store keeps UIDs below 2^31.
using Uid = Id<struct UidTag, uint32_t>;
// Per mailbox, grows with every committed change (RFC 7162 3.1).
using ModSeq = Id<struct ModSeqTag, int64_t>;
// Names an immutable body within an account, never reused in it.
using BlobId = Id<struct BlobTag, int64_t>;

struct MailboxKey {
  AccountId account;
  MailboxId mailbox;
  friend constexpr auto operator<=>(const MailboxKey&, const MailboxKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const MailboxKey& key) {
    return H::combine(std::move(state), key.account, key.mailbox);
  }
};

struct BlobKey {
  AccountId account;
  BlobId blob;
  friend constexpr auto operator<=>(const BlobKey&, const BlobKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const BlobKey& key) {
    return H::combine(std::move(state), key.account, key.blob);
  }
};

// The INBOX of every account: made first, renamed and deleted never.
inline constexpr MailboxId kInbox{1};

}  // namespace posthorn::store
