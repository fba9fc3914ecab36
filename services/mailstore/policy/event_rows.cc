#include "mailstore/policy/event_rows.h"

#include <pqxx/result_iterator.hxx>

#include "mailstore/db/binary_array.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

#define EVENT_NOW "floor(extract(epoch FROM now()))::bigint"
// In the order of keys: two at a time do not wait for each other.
constexpr Statement kAdd{
    "event.add",
    "INSERT INTO event_count AS e (key, period, started_at, n) SELECT key, period, " EVENT_NOW
    " / period * period, n FROM unnest($1::text[], $2::int[], $3::bigint[]) AS w (key, period, n) "
    "ORDER BY key, period ON CONFLICT (key, period) DO UPDATE SET started_at = "
    "excluded.started_at, "
    "n = excluded.n + CASE e.started_at WHEN excluded.started_at THEN e.n ELSE 0 END "
    "RETURNING key, period, n, started_at, started_at + period - " EVENT_NOW};

}  // namespace

std::vector<EventTotal> AddEvents(Connection& connection, absl::Span<const EventWrite> writes) {
  BinaryArray keys(BinaryArray::Type::kText);
  BinaryArray periods(BinaryArray::Type::kInt4);
  BinaryArray counts(BinaryArray::Type::kInt8);
  for (const EventWrite& write : writes) {
    keys.AddOctets(write.key.key);
    periods.AddInt4(static_cast<int32_t>(write.key.period_seconds));
    counts.AddInt8(static_cast<int64_t>(write.n));
  }
  Transaction transaction(connection);
  std::vector<EventTotal> totals;
  for (const auto& row : transaction.Exec(kAdd, keys.Finish(), periods.Finish(), counts.Finish())) {
    totals.push_back({.key = {row[0].c_str(), row[1].as<uint32_t>()},
                      .n = row[2].as<uint64_t>(),
                      .started_at = row[3].as<int64_t>(),
                      .seconds_left = row[4].as<int64_t>()});
  }
  transaction.Commit();  // waits for no disk: the table is not logged
  return totals;
}

}  // namespace posthorn::store
