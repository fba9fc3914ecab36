// Session tickets: what mailstore hands out after a login and checks, without the database, in
// every call on behalf of a user.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mailstore/auth/message_grant.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// How long a ticket holds. A removed account or a changed password shuts sessions out after this
// time at the latest: a refresh reads the account again.
inline constexpr absl::Duration kTicketLifetime = absl::Minutes(10);

struct TicketClaims {
  AccountId account_id;
  absl::Time issued_at;
  absl::Time expires_at;
  // The login's generation when the password was checked; a new password begins a new one.
  uint32_t generation = 0;
};

// Signs and checks tickets with a secret that all replicas share (server_secret in the database).
// Format, version 1: version, account id, issue and expiry in Unix seconds, generation (8 octets
// each but the version's one), HMAC-SHA256 of all that. Thread-safe.
class TicketSigner {
 public:
  explicit TicketSigner(std::string secret);

  // Times are cut to whole seconds.
  std::string Sign(const TicketClaims& claims) const;
  // Unauthenticated (REASON_TICKET_INVALID) if malformed, forged, expired, or issued more than a
  // minute in the future.
  absl::StatusOr<TicketClaims> Check(absl::string_view ticket, absl::Time now) const;
  // The account that the holder of the ticket speaks for: what every handler calls first.
  absl::StatusOr<AccountId> CheckTicket(absl::string_view ticket, absl::Time now) const;

  // The same for the right to read one message: see message_grant.h.
  std::string SignGrant(const MessageGrant& grant, absl::Time expires_at) const {
    return store::SignGrant(secret_, grant, expires_at);
  }
  absl::StatusOr<MessageGrant> CheckGrant(absl::string_view octets, absl::Time now) const {
    return store::CheckGrant(secret_, octets, now);
  }

 private:
  // Tickets whose digest was found right: a session shows the same one in every call.
  class Genuine {
   public:
    bool Contains(absl::string_view ticket) const;
    void Add(absl::string_view ticket);

   private:
    struct Hash {
      using is_transparent = void;
      size_t operator()(absl::string_view ticket) const { return absl::HashOf(ticket); }
    };
    struct ConstantTimeEqual {
      using is_transparent = void;
      bool operator()(absl::string_view a, absl::string_view b) const;
    };
    static constexpr size_t kMost = 20'000;  // then they are checked anew

    mutable std::mutex mutex_;
    absl::flat_hash_set<std::string, Hash, ConstantTimeEqual> tickets_;
  };

  bool IsGenuine(absl::string_view ticket) const;

  const std::string secret_;
  mutable Genuine genuine_;
};

}  // namespace posthorn::store
