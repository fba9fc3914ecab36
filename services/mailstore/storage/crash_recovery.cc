#include "mailstore/storage/crash_recovery.h"

#include <pqxx/except.hxx>

#include "common/log/log.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

constexpr char kStandby[] = "SELECT pg_is_in_recovery()";
constexpr char kFind[] = "SELECT 1 FROM crash_mark LIMIT 1";
// Whatever the session's own setting. The lock is an arbitrary number in a key space of our own.
constexpr char kLock[] =
    "SET LOCAL synchronous_commit = on; SELECT pg_advisory_xact_lock(5068372711250641002)";
constexpr char kRaise[] =
    "UPDATE mailbox SET highest_modseq = greatest(highest_modseq, reserved_modseq) + 1, "
    "message_floor_modseq = greatest(highest_modseq, reserved_modseq) + 1, reserved_modseq = 0 "
    "WHERE reserved_modseq > 0";
constexpr char kMake[] = "INSERT INTO crash_mark DEFAULT VALUES";

}  // namespace

void RecoverFromCrash(Connection& connection) {
  // An unlogged table cannot be read there; and all that is written would be refused.
  if (connection.ExecText("recovery.standby", kStandby)[0][0].as<bool>()) {
    throw pqxx::broken_connection("the server is a standby");
  }
  if (!connection.ExecText("recovery.find", kFind).empty()) {
    return;
  }
  Transaction transaction(connection);
  transaction.ExecText("recovery.lock", kLock);
  // A statement of its own sees what was committed while the one before waited.
  if (!transaction.ExecText("recovery.find", kFind).empty()) {
    return;
  }
  const auto mailboxes = transaction.ExecText("recovery.raise", kRaise).affected_rows();
  transaction.ExecText("recovery.make", kMake);
  transaction.Commit();
  if (mailboxes > 0) {
    log::Info("the database has crashed: flags are to be read anew", {{"mailboxes", mailboxes}});
  }
}

}  // namespace posthorn::store
