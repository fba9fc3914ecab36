// What accounts use and may use, as GETQUOTA and SETQUOTA see it (RFC 9208).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mailstore/db/connection.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct QuotaUsage {
  std::string address;
  int64_t quota_bytes = 0;  // limits: 0 is none
  int64_t quota_messages = 0;
  int64_t quota_mailboxes = 0;
  int64_t used_bytes = 0;
  int64_t used_messages = 0;
  int64_t used_mailboxes = 0;
};
// Nothing if the account is gone.
std::optional<QuotaUsage> LoadQuota(Connection& connection, AccountId account);

// The account of this address key if the caller may set its quota: the caller is marked as an
// administrator of quota and both have the same domain.
std::optional<AccountId> FindAdministered(Connection& connection, AccountId caller,
                                          const std::string& address_key);
void SetQuotaLimits(Connection& connection, AccountId account, int64_t bytes, int64_t messages,
                    int32_t mailboxes);

}  // namespace posthorn::store
