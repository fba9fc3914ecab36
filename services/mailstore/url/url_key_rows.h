// Table url_key: the keys that sign URLs of messages. Functions block, for Pool::Run, and throw
// what libpqxx throws.
#pragma once

#include <optional>
#include <string>

#include "mailstore/db/connection.h"
#include "mailstore/ids.h"

namespace posthorn::store {

inline constexpr size_t kUrlKeySize = 32;

std::optional<std::string> LoadUrlKey(Connection& connection, MailboxKey mailbox);
// The mailbox's key; the proposed one if it had none.
std::string EnsureUrlKey(Connection& connection, MailboxKey mailbox, const std::string& proposed);
void ReplaceUrlKey(Connection& connection, MailboxKey mailbox, const std::string& key);
void DeleteUrlKeys(Connection& connection, AccountId account);

}  // namespace posthorn::store
