// Table mailbox_name.
#pragma once

#include <map>
#include <string>

#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/mailbox/name_tree.h"

namespace posthorn::store {

std::map<std::string, NameRow> LoadNames(Connection& connection, AccountId account);
std::map<std::string, NameRow> LoadNames(Transaction& transaction, AccountId account);
// Writes what the tree changed. The account is locked.
void WriteNames(Transaction& transaction, AccountId account, const NameTree& tree);

}  // namespace posthorn::store
