#include "mailstore/policy/greylist_rows.h"

#include "mailstore/db/binary_array.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

#define GREYLIST_NOW "floor(extract(epoch FROM now()))::bigint"
#define GREYLIST_WINDOW "14400"    // for the first passing, seconds
#define GREYLIST_MEMORY "3110400"  // after each passing: 36 days
// A network that passes often is written down once a day.
constexpr Statement kTrusted{
    "greylist.trusted",
    "WITH known AS (SELECT key, last_seen FROM greylist WHERE key = $1 AND passes >= 5 "
    "AND last_seen >= " GREYLIST_NOW " - " GREYLIST_MEMORY
    "), seen AS (UPDATE greylist g SET last_seen = " GREYLIST_NOW
    " FROM known WHERE g.key = known.key AND known.last_seen < " GREYLIST_NOW
    " - 86400) SELECT 1 FROM known"};
// Over: it came too late for its first passing, or was not seen for long. passes > 0 afterwards
// stands for a passing.
#define GREYLIST_OVER                                                                          \
  "(CASE g.passes WHEN 0 THEN " GREYLIST_NOW " > g.first_seen + $2::bigint + " GREYLIST_WINDOW \
  " ELSE " GREYLIST_NOW " > g.last_seen + " GREYLIST_MEMORY " END)"
constexpr Statement kTriplet{
    "greylist.triplet",
    "INSERT INTO greylist AS g (key, first_seen, last_seen) VALUES ($1, " GREYLIST_NOW
    ", " GREYLIST_NOW
    ") ON CONFLICT (key) DO UPDATE SET "
    "first_seen = CASE WHEN " GREYLIST_OVER
    " THEN excluded.first_seen ELSE g.first_seen END, "
    "last_seen = excluded.last_seen, passes = CASE WHEN " GREYLIST_OVER
    " THEN 0 "
    "WHEN g.passes > 0 OR " GREYLIST_NOW
    " >= g.first_seen + $2::bigint THEN g.passes + 1 "
    "ELSE 0 END RETURNING passes > 0, first_seen + $2::bigint - " GREYLIST_NOW};
constexpr Statement kNetworkPassed{
    "greylist.network_passed",
    "INSERT INTO greylist AS g (key, first_seen, last_seen, passes) VALUES ($1, " GREYLIST_NOW
    ", " GREYLIST_NOW
    ", 1) ON CONFLICT (key) DO UPDATE SET last_seen = excluded.last_seen, "
    "passes = CASE WHEN " GREYLIST_NOW " > g.last_seen + " GREYLIST_MEMORY
    " THEN 1 ELSE g.passes + 1 END"};

}  // namespace

GreylistAnswer CheckGreylist(Connection& connection, const GreylistQuery& query) {
  if (!connection.Exec(kTrusted, Octets(query.network_key)).empty()) {
    return {.pass = true};
  }
  Transaction transaction(connection);
  const pqxx::result row =
      transaction.Exec(kTriplet, Octets(query.triplet_key), query.delay_seconds);
  const GreylistAnswer answer{.pass = row[0][0].as<bool>(),
                              .wait_seconds = row[0][1].as<int64_t>()};
  if (answer.pass) {
    transaction.Post(kNetworkPassed, Octets(query.network_key));
  }
  transaction.CommitLater();
  return answer.pass ? GreylistAnswer{.pass = true} : answer;
}

}  // namespace posthorn::store
