#include "mailstore/storage/mailbox_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mailstore/db/binary_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kLoad{"mailbox.load",
                          "SELECT " POSTHORN_MAILBOX_COLUMNS
                          " FROM mailbox m WHERE account_id = $1 AND mailbox_id = $2"};

constexpr Statement kLoadByName{
    "mailbox.load_by_name", "SELECT " POSTHORN_MAILBOX_COLUMNS
                            " FROM mailbox_name n JOIN mailbox m USING (account_id, mailbox_id) "
                            "WHERE n.account_id = $1 AND n.name = $2"};

#define LOAD_BY_KEY(place) \
  "SELECT " POSTHORN_MAILBOX_COLUMNS place POSTHORN_MAILBOXES_BY_KEY("$1", "$2", "OFFSET 0")

// With the place of its name among the names; fenced as POSTHORN_MAILBOXES_BY_KEY.
#define LOAD_BY_NAME(owners, names)                                                       \
  "SELECT " POSTHORN_MAILBOX_COLUMNS ", k.place FROM unnest(" owners "::bigint[], " names \
  "::text[]) WITH ORDINALITY AS k (account_id, name, place) "                             \
  "CROSS JOIN LATERAL (SELECT l.* FROM mailbox_name n "                                   \
  "JOIN mailbox l USING (account_id, mailbox_id) "                                        \
  "WHERE n.account_id = k.account_id AND n.name = k.name OFFSET 0) m"

constexpr Statement kLoadSome{"mailbox.load_some", LOAD_BY_KEY("")};
constexpr Statement kLoadSomeByName{"mailbox.load_some_by_name", LOAD_BY_NAME("$1", "$2")};
constexpr Statement kLoadSomeEitherWay{
    "mailbox.load_some_either_way",
    LOAD_BY_KEY(", 0::bigint") " UNION ALL " LOAD_BY_NAME("$3", "$4")};

constexpr Statement kUpdate{
    "mailbox.update",
    "UPDATE mailbox m SET highest_modseq = k.modseq, size = k.size, uidnext = k.uidnext, "
    "n_messages = k.messages, n_unseen = k.unseen, n_deleted = k.deleted, "
    "recent_from_uid = k.recent_from, keywords = k.keywords, reserved_modseq = k.reserved "
    "FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], "
    "$7::int[], $8::int[], $9::int[], $10::text[], $11::bigint[]) "
    "AS k (account_id, mailbox_id, modseq, size, uidnext, messages, unseen, deleted, recent_from, "
    "keywords, reserved) WHERE m.account_id = k.account_id AND m.mailbox_id = k.mailbox_id"};

std::vector<MailboxState> All(const pqxx::result& rows) {
  std::vector<MailboxState> states;
  states.reserve(rows.size());
  for (const auto& row : rows) {
    states.push_back(MailboxOf(row));
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

struct NameArrays {
  explicit NameArrays(absl::Span<const MailboxName> names) {
    for (const MailboxName& name : names) {
      owners.AddInt8(static_cast<int64_t>(name.owner.value()));
      texts.AddOctets(name.name);
    }
  }
  BinaryArray owners{BinaryArray::Type::kInt8};
  BinaryArray texts{BinaryArray::Type::kText};
};

pqxx::result LoadEitherWay(Connection& connection, absl::Span<const MailboxKey> keys,
                           absl::Span<const MailboxName> names) {
  KeyArrays by_key(keys);
  NameArrays by_name(names);
  if (names.empty()) {
    return connection.Exec(kLoadSome, by_key.accounts.Finish(), by_key.mailboxes.Finish());
  }
  if (keys.empty()) {
    return connection.Exec(kLoadSomeByName, by_name.owners.Finish(), by_name.texts.Finish());
  }
  return connection.Exec(kLoadSomeEitherWay, by_key.accounts.Finish(), by_key.mailboxes.Finish(),
                         by_name.owners.Finish(), by_name.texts.Finish());
}

std::optional<MailboxState> First(const pqxx::result& rows) {
  if (rows.empty()) {
    return std::nullopt;
  }
  return MailboxOf(rows[0]);
}

}  // namespace

MailboxState MailboxOf(const pqxx::row& row) {
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
  return All(LoadEitherWay(connection, keys, {}));
}

std::vector<std::optional<MailboxState>> FindMailboxes(Connection& connection,
                                                       absl::Span<const MailboxLook> looks) {
  std::vector<MailboxKey> keys;
  std::vector<MailboxName> names;
  for (const MailboxLook& look : looks) {
    if (const auto* key = std::get_if<MailboxKey>(&look)) {
      keys.push_back(*key);
    } else {
      names.push_back(std::get<MailboxName>(look));
    }
  }
  std::vector<std::optional<MailboxState>> found(looks.size());
  for (const auto& row : LoadEitherWay(connection, keys, names)) {
    MailboxState state = MailboxOf(row);
    // Names come after keys, in looks as in rows that have a place.
    const auto place = row.size() > kMailboxColumns ? row[kMailboxColumns].as<size_t>() : 0;
    const size_t i =
        place > 0 ? keys.size() + place - 1
                  : static_cast<size_t>(std::lower_bound(keys.begin(), keys.end(), state.key) -
                                        keys.begin());
    found[i] = std::move(state);
  }
  return found;
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
  transaction.Post(kUpdate, account.Finish(), mailbox.Finish(), modseq.Finish(), size.Finish(),
                   uidnext.Finish(), messages.Finish(), unseen.Finish(), deleted.Finish(),
                   recent_from.Finish(), keywords.Finish(), reserved.Finish());
}

}  // namespace posthorn::store
