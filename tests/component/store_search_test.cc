// Searches: what they read of headers and bodies when nothing is kept, and that they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing::ElementsAre;
using testing_support::PrivatePostgres;

class StoreSearchTest : public testing::Test {
 protected:
  void Prepare(store::StoreOptions options) {
    const std::string url = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url, {0});
    replica_ = std::make_unique<Replica>(url, options);
  }
  // Found or not, and in order if there is a `sort`.
  absl::StatusOr<v1::SearchResponse> Search(
      const v1::SearchKey& key, std::optional<v1::SortKey::Field> sort = {},
      std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
    v1::SearchRequest request;
    *request.mutable_caller() = replica_->Caller(1);
    request.mutable_mailbox()->set_mailbox_id(1);
    *request.mutable_key() = key;
    request.mutable_among()->add_runs(1);
    request.mutable_among()->add_runs(999);
    if (sort.has_value()) {
      request.add_sort()->set_field(*sort);
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    v1::SearchResponse response;
    const absl::Status status = rpc::FromGrpc(
        v1::Message::NewStub(replica_->channel())->Search(&context, request, &response));
    if (!status.ok()) {
      return status;
    }
    return response;
  }
  static v1::SearchKey Subject(const std::string& text) {
    v1::SearchKey key;
    key.mutable_header()->set_name("Subject");
    key.mutable_header()->set_value(text);
    return key;
  }
  static v1::SearchKey Text(const std::string& text) {
    v1::SearchKey key;
    key.set_text(text);
    return key;
  }

  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreSearchTest, HeadersThatAreNotKept) {
  Prepare({.header_cache_bytes = 1});
  for (const char* subject : {"pear", "apple", "plum"}) {
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage(subject), RandomKey()).ok());
  }
  EXPECT_THAT(Expand(Search(Subject("pear"))->uids()), ElementsAre(1));
  EXPECT_THAT(Expand(Search(Text("apple"))->uids()), ElementsAre(2));
  v1::SearchKey both;  // decided by the header of one, the body of the other
  *both.mutable_any_of()->add_keys() = Subject("plum");
  *both.mutable_any_of()->add_keys() = Text("pear");
  EXPECT_THAT(Expand(Search(both)->uids()), ElementsAre(1, 3));
  v1::SearchKey all;
  all.mutable_all_of();
  EXPECT_THAT(Search(all, v1::SortKey::FIELD_SUBJECT)->sorted(), ElementsAre(2, 1, 3));
  EXPECT_THAT(Search(Text("p"), v1::SortKey::FIELD_SUBJECT)->sorted(), ElementsAre(2, 1, 3));
  EXPECT_EQ(replica_->store().headers().bytes(), 0u);
}

TEST_F(StoreSearchTest, ThreadsOfHeadersThatAreNotKept) {
  Prepare({.header_cache_bytes = 1});
  for (const char* subject : {"pear", "apple", "Re: pear"}) {
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage(subject), RandomKey()).ok());
  }
  const auto stub = v1::Message::NewStub(replica_->channel());
  for (const auto algorithm :
       {v1::ThreadRequest::ALGORITHM_REFERENCES, v1::ThreadRequest::ALGORITHM_ORDEREDSUBJECT}) {
    v1::ThreadRequest request;
    *request.mutable_caller() = replica_->Caller(1);
    request.mutable_mailbox()->set_mailbox_id(1);
    request.mutable_key()->mutable_all_of();
    request.mutable_among()->add_runs(1);
    request.mutable_among()->add_runs(999);
    request.set_algorithm(algorithm);
    grpc::ClientContext context;
    v1::ThreadResponse response;
    ASSERT_TRUE(stub->Thread(&context, request, &response).ok());
    EXPECT_THAT(response.uids(), ElementsAre(1, 3, 2));
    EXPECT_THAT(response.children(), ElementsAre(1, 0, 0));
  }
}

// What puts messages in order has a bound, however long their headers are.
TEST_F(StoreSearchTest, AnOrderThatTakesTooMuchMemoryIsRefused) {
  Prepare({.header_cache_bytes = 1});
  for (int i = 0; i < 30; ++i) {
    const std::string subject = absl::StrCat(std::string(50'000, 'a'), 100 - i);
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage(subject), RandomKey()).ok());
  }
  v1::SearchKey all;
  all.mutable_all_of();
  const absl::Status refused = Search(all, v1::SortKey::FIELD_SUBJECT).status();
  EXPECT_EQ(rpc::ReasonOf(refused), v1::ErrorDetail::REASON_TOO_MANY) << refused;
  EXPECT_EQ(Search(all, v1::SortKey::FIELD_DATE)->sorted_size(), 30);
  EXPECT_EQ(Expand(Search(Subject("aaa99"))->uids()), std::vector<uint32_t>{2});
  EXPECT_THAT(Search(Subject("aaa9"), v1::SortKey::FIELD_SUBJECT)->sorted(),
              ElementsAre(11, 10, 9, 8, 7, 6, 5, 4, 3, 2));
}

TEST_F(StoreSearchTest, WhoGivesUpLeavesItsTurn) {
  Prepare({});
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage(absl::StrCat(i), 100'000), RandomKey()).ok());
  }
  for (int i = 0; i < 10; ++i) {
    // It may be quick enough.
    (void)Search(Text("not there"), {}, std::chrono::milliseconds(1));
  }
  const auto found = Search(Text("not there"));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(Expand(found->uids()), ElementsAre());
}

}  // namespace
}  // namespace posthorn::component
