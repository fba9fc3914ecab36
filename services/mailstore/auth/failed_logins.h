// Logins that failed, counted over all replicas, so that who guesses passwords is slowed down.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailstore/db/pool.h"
#include "mailstore/policy/event_rows.h"

namespace posthorn::store {

// Of an hour; 0: any number.
struct FailedLoginLimits {
  uint32_t of_user = 0;     // of one user from one network
  uint32_t of_address = 0;  // of one client address (IPv6: its /64), whoever it claims to be
};

// A user is counted by the network that the client is in (/24, IPv6: /64): who guesses a password
// does not keep its owner out, who is elsewhere. Users that there are not count like the others,
// and a right password resets nothing. Attempts that are under way at once may all be below a limit
// that they pass together; more than the hash pool's queue they are not. Thread-safe.
class FailedLogins {
 public:
  FailedLogins(Pool& database, FailedLoginLimits limits) : database_(database), limits_(limits) {}

  // What one login is counted under. Of the user only a digest is kept: it may be a password that
  // was typed in the wrong place. Of a client whose address is none only the user counts.
  struct Keys {
    EventKey user;
    EventKey address;
  };
  static Keys KeysOf(absl::string_view user, absl::string_view peer_address);

  // What FindLogin judges an attempt by; empty if there are no limits.
  std::vector<EventLimit> LimitsOf(const Keys& keys) const;
  // One more; where nothing is limited, nothing is counted. Nothing if the database is away.
  boost::asio::awaitable<void> Add(const Keys& keys);

 private:
  Pool& database_;
  const FailedLoginLimits limits_;
};

}  // namespace posthorn::store
