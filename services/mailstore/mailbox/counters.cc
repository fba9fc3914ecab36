#include "mailstore/mailbox/counters.h"

#include <map>

#include "mailstore/db/binary_array.h"
#include "mailstore/ids.h"

namespace posthorn::store {
namespace {

constexpr Statement kCountRecent{
    "mailbox.count_recent",
    "SELECT m.account_id, m.mailbox_id, count(*) FROM unnest($1::bigint[], $2::int[], $3::int[]) "
    "AS k (account_id, mailbox_id, from_uid) JOIN message m USING (account_id, mailbox_id) "
    "WHERE m.account_id = ANY ($1::bigint[]) AND m.uid >= k.from_uid GROUP BY 1, 2"};
constexpr Statement kSumDeleted{
    "mailbox.sum_deleted",
    "SELECT m.account_id, m.mailbox_id, sum(m.size) FROM unnest($1::bigint[], $2::int[], "
    "$3::int[]) "
    "AS k (account_id, mailbox_id, flag) JOIN message m USING (account_id, mailbox_id) "
    "WHERE m.account_id = ANY ($1::bigint[]) AND m.flags & k.flag <> 0 GROUP BY 1, 2"};

// Keys of mailboxes with a number each.
struct Keys {
  using Type = BinaryArray::Type;
  BinaryArray account{Type::kInt8};
  BinaryArray mailbox{Type::kInt4};
  BinaryArray number{Type::kInt4};

  void Add(MailboxKey key, uint32_t value) {
    account.AddInt8(static_cast<int64_t>(key.account.value()));
    mailbox.AddInt4(key.mailbox.value());
    number.AddInt4(static_cast<int32_t>(value));
  }
};

std::map<MailboxKey, uint64_t> Count(Connection& connection, const Statement& statement,
                                     Keys& keys) {
  std::map<MailboxKey, uint64_t> counts;
  if (keys.number.size() == 0) {
    return counts;
  }
  for (const auto& row : connection.Exec(statement, keys.account.Finish(), keys.mailbox.Finish(),
                                         keys.number.Finish())) {
    counts[{AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())}] =
        row[2].as<uint64_t>();
  }
  return counts;
}

}  // namespace

v1::MailboxCounters CountersOf(const MailboxState& state) {
  v1::MailboxCounters counters;
  counters.set_uidvalidity(state.uidvalidity);
  counters.set_uidnext(state.uidnext);
  counters.set_highest_modseq(static_cast<uint64_t>(state.highest_modseq.value()));
  counters.set_messages(state.n_messages);
  counters.set_unseen(state.n_unseen);
  counters.set_deleted(state.n_deleted);
  counters.set_size(static_cast<uint64_t>(state.size));
  counters.set_recent_from_uid(state.recent_from_uid);
  return counters;
}

std::vector<v1::MailboxCounters> LoadCounters(Connection& connection,
                                              absl::Span<const MailboxState> states,
                                              const v1::CounterOptions& options) {
  Keys recent_keys;
  Keys deleted_keys;
  for (const MailboxState& state : states) {
    if (options.recent() && state.recent_from_uid < state.uidnext) {
      recent_keys.Add(state.key, state.recent_from_uid);
    }
    if (options.deleted_size() && state.n_deleted > 0) {
      deleted_keys.Add(state.key, v1::FLAG_DELETED);
    }
  }
  const auto recent = Count(connection, kCountRecent, recent_keys);
  const auto deleted = Count(connection, kSumDeleted, deleted_keys);
  std::vector<v1::MailboxCounters> all;
  for (const MailboxState& state : states) {
    v1::MailboxCounters& counters = all.emplace_back(CountersOf(state));
    if (const auto found = recent.find(state.key); found != recent.end()) {
      counters.set_recent(static_cast<uint32_t>(found->second));
    }
    if (const auto found = deleted.find(state.key); found != deleted.end()) {
      counters.set_deleted_size(found->second);
    }
  }
  return all;
}

}  // namespace posthorn::store
