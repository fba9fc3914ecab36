#include "mailstore/storage/mailbox_rows.h"

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

#define MAILBOX_COLUMNS                                                                       \
  "m.account_id, m.mailbox_id, m.highest_modseq, m.log_floor_modseq, m.size, m.uidvalidity, " \
  "m.uidnext, m.n_messages, m.n_unseen, m.n_deleted, m.recent_from_uid, m.keywords, "         \
  "m.reserved_modseq, m.message_floor_modseq"

constexpr Statement kLoad{"mailbox.load",
                          "SELECT " MAILBOX_COLUMNS
                          " FROM mailbox m WHERE account_id = $1 AND mailbox_id = $2"};

constexpr Statement kLoadByName{
    "mailbox.load_by_name", "SELECT " MAILBOX_COLUMNS
                            " FROM mailbox_name n JOIN mailbox m USING (account_id, mailbox_id) "
                            "WHERE n.account_id = $1 AND n.name = $2"};

constexpr Statement kLock{
    "mailbox.lock",
    "SELECT " MAILBOX_COLUMNS
    " FROM unnest($1::bigint[], $2::int[]) AS k (account_id, mailbox_id) "
    "JOIN mailbox m USING (account_id, mailbox_id) WHERE m.account_id = ANY ($1::bigint[]) "
    "ORDER BY m.account_id, m.mailbox_id FOR UPDATE OF m"};

constexpr Statement kLoadSome{
    "mailbox.load_some",
    "SELECT " MAILBOX_COLUMNS
    " FROM unnest($1::bigint[], $2::int[]) AS k (account_id, mailbox_id) "
    "JOIN mailbox m USING (account_id, mailbox_id) WHERE m.account_id = ANY ($1::bigint[])"};

constexpr Statement kUpdate{
    "mailbox.update",
    "UPDATE mailbox m SET highest_modseq = k.modseq, size = k.size, uidnext = k.uidnext, "
    "n_messages = k.messages, n_unseen = k.unseen, n_deleted = k.deleted, "
    "recent_from_uid = k.recent_from, keywords = k.keywords, reserved_modseq = k.reserved "
    "FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], "
    "$7::int[], $8::int[], $9::int[], $10::text[], $11::bigint[]) "
    "AS k (account_id, mailbox_id, modseq, size, uidnext, messages, unseen, deleted, recent_from, "
    "keywords, reserved) WHERE m.account_id = ANY ($1::bigint[]) AND m.account_id = k.account_id "
    "AND m.mailbox_id = k.mailbox_id"};

MailboxState FromRow(const pqxx::row& row) {
  MailboxState state;
  state.key = {AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())};
  state.highest_modseq = ModSeq(row[2].as<int64_t>());
  state.log_floor = ModSeq(row[3].as<int64_t>());
  state.size = row[4].as<int64_t>();
  state.uidvalidity = row[5].as<uint32_t>();
  state.uidnext = row[6].as<uint32_t>();
  state.n_messages = row[7].as<uint32_t>();
  state.n_unseen = row[8].as<uint32_t>();
  state.n_deleted = row[9].as<uint32_t>();
  state.recent_from_uid = row[10].as<uint32_t>();
  state.keywords = absl::StrSplit(row[11].c_str(), ' ', absl::SkipEmpty());
  state.reserved = ModSeq(row[12].as<int64_t>());
  state.message_floor = ModSeq(row[13].as<int64_t>());
  return state;
}

std::vector<MailboxState> All(const pqxx::result& rows) {
  std::vector<MailboxState> states;
  states.reserve(rows.size());
  for (const auto& row : rows) {
    states.push_back(FromRow(row));
  }
  return states;
}

struct KeyArrays {
  explicit KeyArrays(absl::Span<const MailboxKey> keys) {
    for (const MailboxKey& key : keys) {
      accounts.AddInt8(static_cast<int64_t>(key.account.value()));
      mailboxes.AddInt4(key.mailbox.value());
    }
  }
  BinaryArray accounts{BinaryArray::Type::kInt8};
  BinaryArray mailboxes{BinaryArray::Type::kInt4};
};

std::optional<MailboxState> First(const pqxx::result& rows) {
  if (rows.empty()) {
    return std::nullopt;
  }
  return FromRow(rows[0]);
}

}  // namespace

int FindKeyword(const MailboxState& mailbox, const std::string& name) {
  for (size_t i = 0; i < mailbox.keywords.size(); ++i) {
    if (absl::EqualsIgnoreCase(mailbox.keywords[i], name)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::optional<MailboxState> LoadMailbox(Connection& connection, MailboxKey key) {
  return First(connection.Exec(kLoad, key.account.value(), key.mailbox.value()));
}

std::optional<MailboxState> LoadMailbox(Transaction& transaction, MailboxKey key) {
  return First(transaction.Exec(kLoad, key.account.value(), key.mailbox.value()));
}

std::optional<MailboxState> LoadMailboxByName(Connection& connection, AccountId account,
                                              const std::string& name) {
  return First(connection.Exec(kLoadByName, account.value(), name));
}

std::vector<MailboxState> LoadMailboxes(Connection& connection, absl::Span<const MailboxKey> keys) {
  KeyArrays arrays(keys);
  return All(connection.Exec(kLoadSome, arrays.accounts.Finish(), arrays.mailboxes.Finish()));
}

std::vector<MailboxState> LockMailboxes(Transaction& transaction,
                                        absl::Span<const MailboxKey> keys) {
  KeyArrays arrays(keys);
  return All(transaction.Exec(kLock, arrays.accounts.Finish(), arrays.mailboxes.Finish()));
}

void UpdateMailboxes(Transaction& transaction, absl::Span<const MailboxState* const> mailboxes) {
  using Type = BinaryArray::Type;
  BinaryArray account(Type::kInt8), mailbox(Type::kInt4), modseq(Type::kInt8), size(Type::kInt8),
      uidnext(Type::kInt4), messages(Type::kInt4), unseen(Type::kInt4), deleted(Type::kInt4),
      recent_from(Type::kInt4), keywords(Type::kText), reserved(Type::kInt8);
  for (const MailboxState* state : mailboxes) {
    account.AddInt8(static_cast<int64_t>(state->key.account.value()));
    mailbox.AddInt4(state->key.mailbox.value());
    modseq.AddInt8(state->highest_modseq.value());
    size.AddInt8(state->size);
    uidnext.AddInt4(static_cast<int32_t>(state->uidnext));
    messages.AddInt4(static_cast<int32_t>(state->n_messages));
    unseen.AddInt4(static_cast<int32_t>(state->n_unseen));
    deleted.AddInt4(static_cast<int32_t>(state->n_deleted));
    recent_from.AddInt4(static_cast<int32_t>(state->recent_from_uid));
    keywords.AddOctets(absl::StrJoin(state->keywords, " "));
    reserved.AddInt8(state->reserved.value());
  }
  transaction.Exec(kUpdate, account.Finish(), mailbox.Finish(), modseq.Finish(), size.Finish(),
                   uidnext.Finish(), messages.Finish(), unseen.Finish(), deleted.Finish(),
                   recent_from.Finish(), keywords.Finish(), reserved.Finish());
}

}  // namespace posthorn::store
