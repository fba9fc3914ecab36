// Logins as authentication needs them. All functions block and are for Pool::Run; they throw what
// libpqxx throws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"
#include "mailstore/policy/event_rows.h"

namespace posthorn::store {

struct Login {
  AccountId account_id;
  std::string address;          // primary, as SMTP writes it
  std::string password_record;  // PHC string
  uint32_t generation = 0;      // of the password
  std::vector<std::string> hidden_capabilities;
};

// What an attempt to log in is judged by.
struct LoginAttempt {
  std::optional<Login> login;  // absent: there is no such user
  bool too_often = false;      // a limit is reached
};

// By the address's lookup key; in one statement, limits or not.
LoginAttempt FindLogin(Connection& connection, const std::string& key,
                       absl::Span<const EventLimit> limits = {});
absl::StatusOr<std::optional<Login>> FindLoginById(Connection& connection, AccountId account_id);

// Replaces a record by one of the same password at another cost. Does nothing if the record is not
// the stored one any more.
absl::Status ReplaceRecord(Connection& connection, const Login& login, const std::string& record);

// The secret of this name that all replicas share: 32 random octets, made by whoever asks first.
absl::StatusOr<std::string> LoadServerSecret(Connection& connection, const std::string& name);

// What rewritten reverse-paths (SRS) are made with, the secret "srs" first; those that it has
// replaced are kept as "srs.1", "srs.2", as long as what they made is to be taken.
std::vector<std::string> LoadSrsKeys(Connection& connection);

}  // namespace posthorn::store
