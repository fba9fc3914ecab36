// A database that neither answers nor closes its connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "database_proxy.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;
using v1::ErrorDetail;
using Clock = std::chrono::steady_clock;

// A statement and its grace take 6 s here, an attempt to connect 2 s, and so does a second one that
// began in time; on a busy machine.
constexpr std::chrono::seconds kBound{25};

class StoreSilenceTest : public testing::Test {
 protected:
  StoreSilenceTest() : url_(PrivatePostgres::Shared().NewDatabase()) {
    PrepareAccounts(url_, {0, 0});
    const std::string name = url_.substr(url_.find("dbname="));
    replica_ = std::make_unique<Replica>(
        absl::StrCat("host=127.0.0.1 port=", proxy_.port(), " user=postgres connect_timeout=2 ",
                     name),
        store::StoreOptions{.statement_timeout = std::chrono::seconds(1)});
  }

  // More calls at once than there are sessions, for reads and for writes. What came of each.
  std::vector<absl::Status> CallMany() {
    constexpr size_t kCalls = 24;
    std::vector<absl::Status> outcomes(kCalls);
    std::vector<std::thread> callers;
    for (size_t i = 0; i < kCalls; ++i) {
      callers.emplace_back([this, i, &outcome = outcomes[i]] {
        outcome = i % 2 == 0 ? replica_->Deliver({1}, MakeMessage("m"), RandomKey())
                             : replica_->Open(2, "Archive").status();
      });
    }
    for (std::thread& caller : callers) {
      caller.join();
    }
    return outcomes;
  }

  DatabaseProxy proxy_{PrivatePostgres::Shared().socket()};
  const std::string url_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreSilenceTest, CallsFailInTimeAndSucceedWhenItIsBack) {
  for (const absl::Status& status : CallMany()) {
    ASSERT_TRUE(status.ok()) << status;
  }
  const uint64_t before = replica_->Open(1, "INBOX")->counters().messages();
  proxy_.SetSilent(true);
  // First with sessions that stand, then with none.
  for (int round = 0; round < 2; ++round) {
    const Clock::time_point start = Clock::now();
    for (const absl::Status& status : CallMany()) {
      EXPECT_TRUE(absl::IsUnavailable(status)) << status;
      EXPECT_EQ(rpc::ReasonOf(status), ErrorDetail::REASON_STORE_UNAVAILABLE) << status;
    }
    EXPECT_LT(Clock::now() - start, kBound);
  }
  proxy_.SetSilent(false);
  const std::vector<absl::Status> outcomes = CallMany();
  for (const absl::Status& status : outcomes) {
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), before + outcomes.size() / 2);
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

}  // namespace
}  // namespace posthorn::component
