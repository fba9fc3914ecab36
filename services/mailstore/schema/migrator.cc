#include "mailstore/schema/migrator.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "mailstore/db/sql_error.h"
#include "mailstore/db/transaction.h"
#include "mailstore/schema/migrations.h"

namespace posthorn::store {
namespace {

// An arbitrary number in a key space of our own; Citus and others use small ones.
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(5068372711250641001)";
constexpr char kTable[] =
    "CREATE TABLE IF NOT EXISTS schema_migration (number int PRIMARY KEY, name text NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT now())";

absl::Status Apply(Connection& connection) {
  Transaction transaction(connection);
  transaction.ExecText("migrate.timeout", "SET LOCAL statement_timeout = 0");
  transaction.ExecText("migrate.lock", kLock);
  transaction.ExecText("migrate.table", kTable);
  const pqxx::result latest = transaction.ExecText(
      "migrate.latest", "SELECT coalesce(max(number), 0) FROM schema_migration");
  const int have = latest[0][0].as<int>();
  const auto migrations = Migrations();
  if (!migrations.empty() && have > migrations.back().number) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the database has schema ", have, ", this program knows only ", migrations.back().number));
  }
  for (const Migration& migration : migrations) {
    if (migration.number <= have) {
      continue;
    }
    transaction.ExecText("migrate.apply", std::string(migration.sql));
    transaction.ExecText("migrate.record",
                         absl::StrCat("INSERT INTO schema_migration (number, name) VALUES (",
                                      migration.number, ", '", migration.name, "')"));
  }
  transaction.Commit();
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(Connection& connection) { return RunGuarded<absl::Status>(connection, Apply); }

}  // namespace posthorn::store
