// What bodies on their way take of mailstore's memory, and who waits for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;
using v1::ErrorDetail;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
constexpr size_t kMayGrowKib = 500 << 10;  // the sanitizer keeps what was freed, up to 256 MiB
#else
constexpr size_t kMayGrowKib = 120 << 10;
#endif

// VmRSS or VmHWM of this process, in KiB.
size_t MemoryKib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":", 0) == 0) {
      return std::stoul(line.substr(name.size() + 1));
    }
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

void ForgetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::string Noise(size_t size) {
  std::string noise = MakeMessage("noise", 200);
  while (noise.size() < size) {
    noise += RandomKey();
  }
  return noise;
}

class StoreMemoryTest : public testing::Test {
 protected:
  void Prepare(size_t accounts, store::StoreOptions options = {}) {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, std::vector<int64_t>(accounts, 0));
    replica_ = std::make_unique<Replica>(url_, options);
  }
  void TearDown() override {
    replica_.reset();
    EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreMemoryTest, AMessageForAThousandAccountsIsNotHeldAThousandTimes) {
  Prepare(1'000);
  std::vector<uint64_t> accounts;
  for (uint64_t id = 1; id <= 1'000; ++id) {
    accounts.push_back(id);
  }
  // Below what is uploaded for one account alone.
  const std::string message = Noise(300'000);
  ForgetPeak();
  const size_t before = MemoryKib("VmRSS");
  ASSERT_TRUE(replica_->Deliver(accounts, message, RandomKey()).ok());
  EXPECT_LT(MemoryKib("VmHWM"), before + kMayGrowKib);
  // What stays in the row of a body, and what is left when the last frame was there.
  ASSERT_TRUE(replica_->Deliver(accounts, MakeMessage("short", 3'000), RandomKey()).ok());
  ASSERT_TRUE(replica_->Deliver(accounts, Noise(40'000), RandomKey()).ok());
  EXPECT_LT(MemoryKib("VmHWM"), before + kMayGrowKib);
  for (const uint64_t account : {1, 500, 1'000}) {
    EXPECT_TRUE(*replica_->Body(account, 1, 1) == message);
    EXPECT_EQ(replica_->Open(account, "INBOX")->counters().messages(), 3u);
  }
}

// A delivery whose client sends nothing after the first frame.
class SlowSender {
 public:
  explicit SlowSender(Replica& replica)
      : stub_(v1::Delivery::NewStub(replica.channel())),
        writer_(stub_->Deliver(&context_, &response_)) {
    v1::DeliverRequest request;
    request.mutable_start()->set_idempotency_key(RandomKey());
    request.mutable_start()->add_account_ids(1);
    request.set_data(MakeMessage("slow"));
    EXPECT_TRUE(writer_->Write(request));
  }
  ~SlowSender() {
    context_.TryCancel();
    writer_->Finish();
  }

 private:
  grpc::ClientContext context_;
  v1::DeliverResponse response_;
  std::unique_ptr<v1::Delivery::Stub> stub_;
  std::unique_ptr<grpc::ClientWriter<v1::DeliverRequest>> writer_;
};

TEST_F(StoreMemoryTest, SlowSendersKeepNoWholeMessagesWaiting) {
  Prepare(1, {.memory_budget_bytes = 4 << 20, .memory_patience = std::chrono::milliseconds(100)});
  std::vector<std::unique_ptr<SlowSender>> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<SlowSender>(*replica_));
  }
  // Their share is taken: who sends in more than one frame is told so.
  absl::Status streamed;
  while (streamed.ok()) {
    streamed = replica_->Deliver({1}, MakeMessage("streamed", 150'000), RandomKey());
  }
  EXPECT_EQ(rpc::ReasonOf(streamed), ErrorDetail::REASON_OVERLOADED);
  EXPECT_TRUE(replica_->Deliver({1}, MakeMessage("whole"), RandomKey()).ok());
  EXPECT_TRUE(replica_->Append(1, "INBOX", MakeMessage("whole"), RandomKey()).ok());
  slow.clear();
  while (!replica_->Deliver({1}, MakeMessage("streamed", 150'000), RandomKey()).ok()) {
  }
}

// A FETCH whose client reads nothing.
class SlowReader {
 public:
  explicit SlowReader(Replica& replica) : stub_(v1::Message::NewStub(replica.channel())) {
    v1::FetchBodyRequest request;
    *request.mutable_caller() = replica.Caller(1);
    request.mutable_mailbox()->set_mailbox_id(1);
    request.add_ranges()->set_uid(1);
    reader_ = stub_->FetchBody(&context_, request);
  }
  ~SlowReader() {
    context_.TryCancel();
    reader_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::Message::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<v1::BodyFrame>> reader_;
};

TEST_F(StoreMemoryTest, SlowReadersAreBounded) {
  Prepare(1, {.memory_budget_bytes = 4 << 20, .memory_patience = std::chrono::milliseconds(100)});
  ASSERT_TRUE(replica_->Deliver({1}, Noise(20'000'000), RandomKey()).ok());
  std::vector<std::unique_ptr<SlowReader>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<SlowReader>(*replica_));
  }
  absl::Status read;
  while (read.ok()) {
    read = replica_->Body(1, 1, 1, v1::BODY_SECTION_ALL, 0, 1'000'000).status();
  }
  EXPECT_EQ(rpc::ReasonOf(read), ErrorDetail::REASON_OVERLOADED);
  EXPECT_TRUE(replica_->Deliver({1}, MakeMessage("meanwhile"), RandomKey()).ok());
  slow.clear();
  while (!replica_->Body(1, 1, 1, v1::BODY_SECTION_ALL, 0, 1'000'000).ok()) {
  }
}

}  // namespace
}  // namespace posthorn::component
