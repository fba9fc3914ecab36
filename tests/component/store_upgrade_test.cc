// A replica of the version before, beside a database that the next one has migrated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mailstore/db/connection.h"
#include "mailstore/schema/migrator.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;

// Writes and reads of most tables.
void Work(Replica& replica) {
  const std::string large = MakeNoise("large", 1'000'000);
  ASSERT_TRUE(replica.Deliver({1, 2}, MakeMessage("delivered"), RandomKey()).ok());
  const auto appended = replica.Append(1, "INBOX", large, RandomKey(), v1::FLAG_SEEN, {"kept"});
  ASSERT_TRUE(appended.ok()) << appended.status();
  const uint32_t uid = appended->uid();
  EXPECT_TRUE(*replica.Body(1, 1, uid) == large);
  EXPECT_TRUE(replica.Metadata(1, 1, {uid}).ok());
  EXPECT_TRUE(replica.Copy(1, 1, {uid}, "Archive", false, RandomKey()).ok());
  EXPECT_TRUE(
      replica.StoreFlags(1, 1, {uid}, v1::StoreFlagsRequest::MODE_ADD, v1::FLAG_DELETED).ok());
  EXPECT_TRUE(replica.Expunge(1, 1).ok());
  EXPECT_TRUE(replica.Open(1, "INBOX", /*read_only=*/false).ok());
  EXPECT_TRUE(replica.Sync(1, 1, 1, 1).ok());
}

TEST(StoreUpgradeTest, WhoRunsGoesOnAndWhoStartsRefuses) {
  const std::string url = PrivatePostgres::Shared().NewDatabase();
  PrepareAccounts(url, {0, 0});
  Replica replica(url);
  Work(replica);
  // What a migration may do without a thought of the version before: its statements name their
  // columns.
  store::Connection connection({.url = url});
  connection.ExecText(
      "test.upgrade",
      "DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables "
      "WHERE schemaname = 'public' LOOP EXECUTE format('ALTER TABLE %I ADD COLUMN later int NOT "
      "NULL DEFAULT 0', name); END LOOP; END $$; "
      "CREATE TABLE later (account_id bigint PRIMARY KEY); "
      "INSERT INTO schema_migration (number, name) VALUES (999, 'later')");
  Work(replica);
  EXPECT_TRUE(absl::IsFailedPrecondition(store::Migrate(connection)));
  EXPECT_THAT(FindInconsistencies(url), testing::IsEmpty());
}

}  // namespace
}  // namespace posthorn::component
