// Sessions and pools: what errors become, binary values, migrations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/binary_row.h"
#include "mailstore/db/pool.h"
#include "mailstore/db/transaction.h"
#include "mailstore/schema/migrations.h"
#include "mailstore/schema/migrator.h"
#include "private_postgres.h"

namespace posthorn::component {
namespace {

using store::BinaryArray;
using store::Connection;
using store::Transaction;
using testing_support::PrivatePostgres;
using v1::ErrorDetail;

class StoreDatabaseTest : public testing::Test {
 protected:
  StoreDatabaseTest() : url_(PrivatePostgres::Shared().NewDatabase()), connection_({.url = url_}) {}

  // What a statement that fails with this SQLSTATE becomes.
  absl::Status Raise(const std::string& state) {
    return store::RunGuarded<absl::Status>(connection_, [&](Connection& connection) {
      connection.ExecText(
          "test.raise",
          "DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '" + state + "'; END $$");
      return absl::OkStatus();
    });
  }

  const std::string url_;
  Connection connection_;
};

TEST_F(StoreDatabaseTest, ErrorsHaveTheirReasons) {
  EXPECT_EQ(rpc::ReasonOf(Raise("53100")), ErrorDetail::REASON_STORE_FULL);
  EXPECT_TRUE(absl::IsResourceExhausted(Raise("53100")));
  EXPECT_EQ(rpc::ReasonOf(Raise("53200")), ErrorDetail::REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(rpc::ReasonOf(Raise("57014")), ErrorDetail::REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(rpc::ReasonOf(Raise("40001")), ErrorDetail::REASON_STORE_UNAVAILABLE);
  EXPECT_TRUE(absl::IsUnavailable(Raise("40P01")));
  EXPECT_TRUE(absl::IsAlreadyExists(Raise("23505")));
  EXPECT_TRUE(absl::IsInternal(Raise("22012")));
  // The session is usable after each.
  EXPECT_EQ(connection_.ExecText("test.one", "SELECT 1")[0][0].as<int>(), 1);
}

// A primary that became a standby keeps its sessions, and refuses what they write.
TEST_F(StoreDatabaseTest, AReadOnlySessionIsReplaced) {
  std::vector<int> sessions;
  const absl::Status status =
      store::RunGuarded<absl::Status>(connection_, [&](Connection& connection) {
        sessions.push_back(
            connection.ExecText("test.pid", "SELECT pg_backend_pid()")[0][0].as<int>());
        if (sessions.size() == 1) {
          connection.ExecText("test.demote", "SET default_transaction_read_only = on");
        }
        connection.ExecText("test.write", "CREATE TABLE written ()");
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_NE(sessions[0], sessions[1]);
  EXPECT_EQ(rpc::ReasonOf(Raise("25006")), ErrorDetail::REASON_STORE_UNAVAILABLE);
}

TEST_F(StoreDatabaseTest, ADatabaseThatIsAwayIsUnavailable) {
  Connection away({.url = "host=/nonexistent dbname=none"});
  const absl::Status status = store::RunGuarded<absl::Status>(away, [](Connection& connection) {
    connection.ExecText("test.one", "SELECT 1");
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(rpc::ReasonOf(status), ErrorDetail::REASON_STORE_UNAVAILABLE);
}

// Statements that are posted go to the database together.
class PostTest : public StoreDatabaseTest {
 protected:
  static constexpr store::Statement kAdd{"test.add", "INSERT INTO posted VALUES ($1)"};
  static constexpr store::Statement kCount{"test.count", "SELECT count(*) FROM posted"};

  PostTest() { connection_.ExecText("test.create", "CREATE TABLE posted (n int PRIMARY KEY)"); }

  int Count() { return connection_.Exec(kCount)[0][0].as<int>(); }
};

TEST_F(PostTest, TheyAreRunBeforeWhatFollows) {
  Transaction transaction(connection_);
  transaction.Post(kAdd, 1);
  transaction.Post(kAdd, 2);
  EXPECT_EQ(transaction.Exec(kCount)[0][0].as<int>(), 2);
  transaction.Post(kAdd, 3);
  EXPECT_EQ(transaction.ExecText("test.text", "SELECT count(*) FROM posted")[0][0].as<int>(), 3);
  transaction.Post(kAdd, 4);
  transaction.Commit();
  EXPECT_EQ(Count(), 4);
}

TEST_F(PostTest, OneThatFailsTakesTheTransactionBack) {
  const absl::Status status =
      store::RunGuarded<absl::Status>(connection_, [](Connection& connection) {
        Transaction transaction(connection);
        transaction.Post(kAdd, 1);
        transaction.Post(kAdd, 1);
        transaction.Post(kAdd, 2);
        transaction.CommitLater();
        return absl::OkStatus();
      });
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(Count(), 0);
  Transaction next(connection_);
  next.Post(kAdd, 1);
  next.Commit();
  EXPECT_EQ(Count(), 1);
}

TEST_F(PostTest, AfterItsCommitAnotherMayBegin) {
  Transaction first(connection_);
  first.Post(kAdd, 1);
  first.Commit();
  EXPECT_EQ(Count(), 1);
  Transaction second(connection_);
  second.Post(kAdd, 2);
  second.Commit();
  EXPECT_EQ(Count(), 2);
}

TEST_F(PostTest, WithoutCommitTheyAreGone) {
  {
    Transaction unsent(connection_);
    unsent.Post(kAdd, 1);
  }
  {
    Transaction sent(connection_);
    sent.Post(kAdd, 1);
    EXPECT_EQ(sent.Exec(kCount)[0][0].as<int>(), 1);
  }
  EXPECT_EQ(Count(), 0);
}

// What was posted, with its commit, to a session that has ended: nothing of it is there, and it is
// done again in a session of its own.
TEST_F(PostTest, ALostSessionIsReplaced) {
  int attempts = 0;
  const absl::Status status =
      store::RunGuarded<absl::Status>(connection_, [&](Connection& connection) {
        Transaction transaction(connection);
        const int pid = transaction.ExecText("test.pid", "SELECT pg_backend_pid()")[0][0].as<int>();
        if (++attempts == 1) {
          Connection other({.url = url_});
          other.ExecText("test.kill", absl::StrCat("SELECT pg_terminate_backend(", pid, ", 5000)"));
        }
        transaction.Post(kAdd, 1);
        transaction.Post(kAdd, 2);
        transaction.Commit();
        return absl::OkStatus();
      });
  // The server told that it ended the session, or the end of the session alone was seen.
  EXPECT_TRUE(status.ok() || rpc::ReasonOf(status) == ErrorDetail::REASON_OUTCOME_UNKNOWN)
      << status;
  EXPECT_EQ(Count(), status.ok() ? 2 : 0);
}

TEST_F(StoreDatabaseTest, BinaryValuesCrossUnchanged) {
  constexpr store::Statement kEcho{
      "test.echo",
      "SELECT a, b, c, d FROM unnest($1::bigint[], $2::int[], $3::bytea[], $4::text[]) "
      "AS k (a, b, c, d)"};
  using Type = BinaryArray::Type;
  BinaryArray big(Type::kInt8), small(Type::kInt4), octets(Type::kBytea), text(Type::kText);
  big.AddInt8(INT64_MIN);
  big.AddInt8(INT64_MAX);
  small.AddInt4(-1);
  small.AddNull();
  octets.AddOctets(std::string("\0\\x\xff", 4));
  octets.AddOctets("");
  text.AddOctets("with \"quotes\", {braces} and ümlauts");
  text.AddNull();
  const pqxx::result rows =
      connection_.Exec(kEcho, big.Finish(), small.Finish(), octets.Finish(), text.Finish());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0][0].as<int64_t>(), INT64_MIN);
  EXPECT_EQ(rows[1][0].as<int64_t>(), INT64_MAX);
  EXPECT_EQ(rows[0][1].as<int>(), -1);
  EXPECT_TRUE(rows[1][1].is_null());
  EXPECT_EQ(pqxx::binarystring(rows[0][2]).str(), std::string("\0\\x\xff", 4));
  EXPECT_FALSE(rows[1][2].is_null());
  EXPECT_EQ(rows[0][3].as<std::string>(), "with \"quotes\", {braces} and ümlauts");
  EXPECT_TRUE(rows[1][3].is_null());
  const pqxx::result binary = connection_.SelectBinary(
      "test.binary", "SELECT -5::bigint, 7::int, 3::smallint, '\\x00ff'::bytea, NULL::bytea");
  EXPECT_EQ(store::ReadInt8(binary[0][0]), -5);
  EXPECT_EQ(store::ReadInt4(binary[0][1]), 7);
  EXPECT_EQ(store::ReadInt2(binary[0][2]), 3);
  EXPECT_EQ(store::ReadOctets(binary[0][3]), absl::string_view("\0\xff", 2));
  EXPECT_TRUE(binary[0][4].is_null());
}

TEST_F(StoreDatabaseTest, ReplicasThatStartTogetherMigrateOnce) {
  connection_.ExecText("test.drop", "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  const std::string host = connection_.session().hostname();
  const std::string url = std::string("host=") + host +
                          " user=" + connection_.session().username() +
                          " dbname=" + connection_.session().dbname();
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) {
    replicas.emplace_back([&url] {
      Connection connection({.url = url});
      EXPECT_TRUE(store::Migrate(connection).ok());
    });
  }
  for (std::thread& replica : replicas) {
    replica.join();
  }
  const auto count =
      connection_.ExecText("test.count", "SELECT count(*) FROM schema_migration")[0][0]
          .as<size_t>();
  EXPECT_EQ(count, store::Migrations().size());
  // An older program does not touch a newer database.
  connection_.ExecText("test.future",
                       "INSERT INTO schema_migration (number, name) VALUES (999, 'x')");
  EXPECT_TRUE(absl::IsFailedPrecondition(store::Migrate(connection_)));
}

TEST_F(StoreDatabaseTest, APoolRefusesWhatItCannotHold) {
  store::Pool pool({.connection = {.url = "host=/nonexistent"}, .threads = 0, .max_queued = 0});
  boost::asio::io_context io;
  absl::Status status;
  const auto run = [&]() -> boost::asio::awaitable<void> {
    auto work = [](Connection&) { return absl::OkStatus(); };
    status = co_await pool.Run(work);
  };
  boost::asio::co_spawn(io, run, boost::asio::detached);
  io.run();
  EXPECT_EQ(rpc::ReasonOf(status), ErrorDetail::REASON_OVERLOADED);
}

}  // namespace
}  // namespace posthorn::component
