// Databases of the tests: made, and checked afterwards.
#include <random>

#include "absl/strings/str_cat.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/directory/first_mailboxes.h"
#include "mailstore/storage/uid_set.h"
#include "replica.h"

namespace posthorn::component {

void PrepareAccounts(const std::string& url, const std::vector<int64_t>& quotas) {
  store::Connection connection({.url = url});
  store::Transaction transaction(connection);
  std::vector<store::AccountId> accounts;
  for (size_t i = 1; i <= quotas.size(); ++i) {
    accounts.emplace_back(i);
  }
  store::AddStoreRows(transaction, accounts, quotas);
  transaction.Commit();
}

std::vector<uint32_t> Expand(const v1::UidSet& set) {
  std::vector<uint32_t> uids;
  const auto ranges = store::UidRanges::Parse(set);
  for (const auto& range : ranges->ranges()) {
    for (uint32_t uid = range.first; uid <= range.last; ++uid) {
      uids.push_back(uid);
    }
  }
  return uids;
}

std::string RandomKey() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  std::string key(16, '\0');
  for (char& c : key) {
    c = static_cast<char>(random());
  }
  return key;
}

std::string MakeMessage(const std::string& subject, size_t size) {
  std::string message =
      absl::StrCat("From: Alice <alice@example.org>\r\nTo: bob@example.org\r\nSubject: ", subject,
                   "\r\nDate: Mon, 23 Nov 2026 02:00:00 +0000\r\nMessage-ID: <", subject,
                   "@example.org>\r\n\r\n");
  for (unsigned line = 0; message.size() < size; ++line) {
    absl::StrAppend(&message, "Line ", line * 2654435761U, " of ", subject,
                    ", which says what lines of mail say.\r\n");
  }
  return message;
}

std::string MakeNoise(const std::string& subject, size_t size) {
  std::string message = MakeMessage(subject, 0);
  while (message.size() < size) {
    message += RandomKey();
  }
  return message;
}

std::vector<std::string> FindInconsistencies(const std::string& url) {
  constexpr struct {
    const char* what;
    const char* sql;
  } kChecks[] = {
      {"mailbox counters",
       "SELECT count(*) FROM mailbox b LEFT JOIN LATERAL (SELECT count(*) AS n, "
       "count(*) FILTER (WHERE flags & 1 = 0) AS unseen, count(*) FILTER (WHERE flags & 8 <> 0) "
       "AS deleted, coalesce(sum(size), 0) AS size, coalesce(max(uid), 0) AS uid, "
       "coalesce(max(modseq), 0) AS modseq FROM message m WHERE m.account_id = b.account_id "
       "AND m.mailbox_id = b.mailbox_id) m ON true WHERE (b.n_messages, b.n_unseen, b.n_deleted, "
       "b.size) <> (m.n, m.unseen, m.deleted, m.size) OR m.uid >= b.uidnext "
       "OR m.modseq > b.highest_modseq"},
      {"account usage",
       "SELECT count(*) FROM account a LEFT JOIN LATERAL (SELECT count(*) AS n, "
       "coalesce(sum(size), 0) AS size FROM message m WHERE m.account_id = a.account_id) m ON true "
       "WHERE (a.used_messages, a.used_bytes) <> (m.n, m.size)"},
      {"messages without a body",
       "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM blob b "
       "WHERE (b.account_id, b.blob_id) = (m.account_id, m.blob_id))"},
      {"bodies that are not whole",
       "SELECT count(*) FROM blob b WHERE b.body IS NULL AND b.size <> (SELECT "
       "coalesce(sum(c.plain_size), 0) FROM blob_chunk c "
       "WHERE (c.account_id, c.blob_id) = (b.account_id, b.blob_id))"},
      {"pieces of no body that will not be deleted",
       "SELECT count(*) FROM blob_chunk c WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE "
       "(b.account_id, b.blob_id) = (c.account_id, c.blob_id)) AND NOT EXISTS (SELECT 1 FROM "
       "blob_gc g WHERE (g.account_id, g.blob_id) = (c.account_id, c.blob_id))"},
      {"bodies in use that will be deleted",
       "SELECT count(*) FROM (SELECT account_id, blob_id FROM message UNION ALL "
       "SELECT account_id, blob_id FROM queue_message) m JOIN blob_gc USING (account_id, blob_id)"},
      {"recipients without a message, and messages without one of either",
       "SELECT count(*) FROM queue_recipient r FULL JOIN queue_message m USING (account_id, "
       "blob_id) LEFT JOIN blob b USING (account_id, blob_id) WHERE r.recipient_id IS NULL "
       "OR m.created_at IS NULL OR b.size IS NULL"},
      {"bodies without a message that will not be deleted",
       "SELECT count(*) FROM blob b WHERE NOT EXISTS (SELECT 1 FROM message m WHERE "
       "(b.account_id, b.blob_id) = (m.account_id, m.blob_id)) AND NOT EXISTS (SELECT 1 FROM "
       "queue_message m WHERE (b.account_id, b.blob_id) = (m.account_id, m.blob_id)) "
       "AND NOT EXISTS (SELECT 1 FROM blob_gc g WHERE (b.account_id, b.blob_id) = (g.account_id, "
       "g.blob_id))"},
      {"reference counts",
       "SELECT count(*) FROM (SELECT account_id, blob_id, count(*) AS n FROM message GROUP BY 1, "
       "2) "
       "m FULL JOIN blob_ref r USING (account_id, blob_id) "
       "WHERE coalesce(m.n, 0) <> coalesce(r.n, 1) OR r.n = 1"},
  };
  std::vector<std::string> found;
  store::Connection connection({.url = url});
  for (const auto& check : kChecks) {
    const auto rows = connection.ExecText("test.check", check.sql);
    if (rows[0][0].as<int>() != 0) {
      found.push_back(absl::StrCat(check.what, ": ", rows[0][0].c_str()));
    }
  }
  return found;
}

}  // namespace posthorn::component
