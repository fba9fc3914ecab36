// Claims of recipients in the outbound queue, by several workers at once and below a floor.
#include <gtest/gtest.h>

#include <memory>
#include <pqxx/binarystring.hxx>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mailstore/db/connection.h"
#include "mailstore/outbound/finish.h"
#include "mailstore/schema/migrator.h"
#include "mailstore/store.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

class StoreClaimTest : public ::testing::Test {
 protected:
  StoreClaimTest()
      : url_(testing_support::PrivatePostgres::Shared().NewDatabase()), connection_({.url = url_}) {
    EXPECT_TRUE(store::Migrate(connection_).ok());
    store_ = std::make_unique<store::Store>(store::StoreOptions{.database_url = url_});
  }

  // A replica's part that claims; it has seen nothing yet.
  std::unique_ptr<store::Finisher> Finisher() {
    return std::make_unique<store::Finisher>(store_->options().queue, store_->sending_rules(),
                                             store_->signer(), [](const store::Commit&) {});
  }
  pqxx::result Sql(const std::string& text) { return connection_.ExecText("test", text); }
  // Times are milliseconds since 1970: all long ago.
  void AddSite(const std::string& site, int due) {
    Sql(absl::StrCat("INSERT INTO queue_site (site, next_due) VALUES ('", site, "', ", due, ")"));
  }
  void AddRecipient(int id, const std::string& site, int due, int priority = 0) {
    Sql(
        absl::StrCat("INSERT INTO queue_recipient (recipient_id, account_id, blob_id, "
                     "next_attempt_at, priority, notify, site, forward_path, reverse_path, "
                     "original_recipient) VALUES (",
                     id, ", 1, ", id, ", ", due, ", ", priority, ", 0, '", site,
                     "', 'bob@far.example', '', '')"));
  }
  // How many recipients one claim gets.
  int Claim(store::Finisher& finisher, uint32_t most = 50) {
    const auto work = finisher.Claim(connection_, {{RandomKey(), most}}).front();
    return work.has_value() ? work->recipients_size() : 0;
  }

  bool IsDue(const std::string& site) {
    return Sql("SELECT next_due <= extract(epoch FROM now()) * 1000 FROM queue_site WHERE site = "
               "'" +
               site + "'")[0][0]
        .as<bool>();
  }

  const std::string url_;
  store::Connection connection_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(StoreClaimTest, WorkGoesToTheWorkerItIsLeasedFor) {
  // The first site looks due, and has nothing.
  AddSite("a.example", 1);
  AddSite("b.example", 2);
  AddRecipient(1, "b.example", 2);
  const std::vector<store::SlotWanted> wanted = {{RandomKey(), 50}, {RandomKey(), 50}};
  const auto claimed = Finisher()->Claim(connection_, wanted);
  ASSERT_EQ(claimed.size(), wanted.size());
  int with_work = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (claimed[i].has_value()) {
      ++with_work;
      const auto rows = Sql("SELECT worker FROM queue_recipient WHERE leased");
      ASSERT_EQ(rows.size(), 1);
      EXPECT_EQ(pqxx::binarystring(rows[0][0]).str(), wanted[i].worker);
    }
  }
  EXPECT_EQ(with_work, 1);
}

TEST_F(StoreClaimTest, WhatAppearsBelowAFloorIsFoundByALookAtTheWhole) {
  AddSite("a.example", 1);
  AddRecipient(1, "a.example", 1'000);
  const auto finisher = Finisher();
  EXPECT_EQ(Claim(*finisher), 1);
  // As by a transaction that took long, or a claim that was rolled back.
  AddRecipient(2, "a.example", 500);
  Sql("UPDATE queue_site SET next_due = 1; UPDATE queue_slot SET lease_until = 0");
  EXPECT_EQ(Claim(*finisher), 0);
  // The site does not rest for longer than until the next look at the whole.
  const auto rows =
      Sql("SELECT next_due - extract(epoch FROM now()) * 1000 BETWEEN 1 AND 60000 FROM queue_site");
  EXPECT_TRUE(rows[0][0].as<bool>());
  // Another replica has no floors.
  Sql("UPDATE queue_site SET next_due = 1");
  EXPECT_EQ(Claim(*Finisher()), 1);
}

TEST_F(StoreClaimTest, FloorsAreThoseOfAPriority) {
  AddSite("a.example", 1);
  AddRecipient(1, "a.example", 2'000, /*priority=*/5);
  AddRecipient(2, "a.example", 3'000, 5);
  AddRecipient(3, "a.example", 1'000, 0);
  const auto finisher = Finisher();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Claim(*finisher, 1), 1);
    Sql("UPDATE queue_slot SET lease_until = 0");
  }
  EXPECT_EQ(Claim(*finisher, 1), 0);
}

// Its row is written when it comes to its end, and not whenever there is nothing for a moment.
TEST_F(StoreClaimTest, ABusySiteRestsWhenAClaimFindsFew) {
  AddSite("a.example", 1);
  for (int id = 1; id <= 8; ++id) {
    AddRecipient(id, "a.example", 1'000);
  }
  const auto finisher = Finisher();
  EXPECT_EQ(Claim(*finisher), 8);
  EXPECT_TRUE(IsDue("a.example"));
  Sql("UPDATE queue_slot SET lease_until = 0");
  EXPECT_EQ(Claim(*finisher), 0);
  EXPECT_FALSE(IsDue("a.example"));
  // Until the first lease ends.
  const auto rests =
      Sql("SELECT next_due = (SELECT min(next_attempt_at) FROM queue_recipient) FROM queue_site");
  EXPECT_TRUE(rests[0][0].as<bool>());
}

}  // namespace
}  // namespace posthorn::component
