#include "smtp-gateway/store/grpc_mail_store.h"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "common/gateway/login.h"
#include "common/log/log.h"
#include "common/rpc/client_call.h"
#include "common/rpc/status.h"
#include "posthorn/v1/auth.grpc.pb.h"
#include "posthorn/v1/delivery.grpc.pb.h"
#include "posthorn/v1/directory.grpc.pb.h"
#include "posthorn/v1/policy.grpc.pb.h"

namespace posthorn::smtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kResolveTimeout = seconds(10);
constexpr milliseconds kPolicyTimeout = seconds(5);
constexpr milliseconds kAuthenticateTimeout = seconds(30);
// A client may think for five minutes before its next message; its ticket must last until then.
constexpr seconds kTicketLeft = std::chrono::minutes(6);
constexpr milliseconds kDeliverTimeout = seconds(30);
constexpr milliseconds kSettleTimeout = seconds(10);
// A large message takes as long as its client is allowed to send it.
constexpr milliseconds kStreamTimeout = std::chrono::hours(2);

constexpr milliseconds kCacheLifetime = seconds(10);
constexpr size_t kCacheEntries = 50'000;
constexpr milliseconds kForeignLifetime = seconds(1);

using Stream = rpc::WriteStream<v1::DeliverRequest, v1::DeliverResponse>;

std::unique_ptr<Stream> OpenStream(const asio::any_io_executor& executor,
                                   const rpc::Replica& replica, milliseconds timeout) {
  const auto stub = v1::Delivery::NewStub(replica.channel());
  auto start = [&stub](grpc::ClientContext* context, v1::DeliverResponse* response,
                       grpc::ClientWriteReactor<v1::DeliverRequest>* reactor) {
    stub->async()->Deliver(context, response, reactor);
  };
  return Stream::Open(executor, timeout, start);
}

absl::Status NoReplica() {
  return rpc::MakeError(absl::StatusCode::kUnavailable, v1::ErrorDetail::REASON_STORE_UNAVAILABLE,
                        "no mailstore can be reached");
}

// The replica of the first account; others of a message with many meet there as well as anywhere.
// Messages that only leave are spread.
uint64_t KeyOf(const v1::DeliverStart& start) {
  return start.account_ids().empty() ? rpc::KeyOf(absl::string_view(start.idempotency_key()))
                                     : rpc::KeyOf(start.account_ids(0));
}

// An answer that says no is the client's business; no answer is the operator's.
void LogUnanswered(const char* call, const std::string& session_id, const absl::Status& status) {
  const auto reason = rpc::ReasonOf(status);
  if (reason == v1::ErrorDetail::REASON_UNSPECIFIED || absl::IsUnavailable(status)) {
    log::Warning(
        "no answer from mailstore",
        {{"session", session_id}, {"call", call}, {"status", std::string(status.message())}});
  }
}

// The outcome of a stream; a replica that cannot be reached is asked last from now on.
asio::awaitable<absl::StatusOr<v1::DeliverResponse>> FinishStream(Stream& stream,
                                                                  rpc::Replica& replica,
                                                                  const std::string& session_id) {
  const absl::Status status = co_await stream.Finish();
  if (status.ok()) {
    co_return stream.response();
  }
  LogUnanswered("Deliver", session_id, status);
  if (rpc::ShouldTryNext(status)) {
    replica.MarkDown();
  }
  co_return status;
}

class GrpcDeliveryStream final : public DeliveryStream {
 public:
  GrpcDeliveryStream(std::unique_ptr<Stream> stream, rpc::ReplicaPtr replica,
                     std::string session_id)
      : stream_(std::move(stream)),
        replica_(std::move(replica)),
        session_id_(std::move(session_id)) {}

  asio::awaitable<absl::Status> Write(const v1::DeliverRequest& frame) override {
    const bool sent = co_await stream_->Write(frame, frame.last());
    co_return sent ? absl::OkStatus() : absl::UnavailableError("the stream has ended");
  }

  asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Finish() override {
    return FinishStream(*stream_, *replica_, session_id_);
  }

 private:
  std::unique_ptr<Stream> stream_;
  rpc::ReplicaPtr replica_;
  const std::string session_id_;
};

}  // namespace

GrpcMailStore::GrpcMailStore(const rpc::MailstorePool& pool)
    : pool_(pool),
      cache_(kCacheLifetime, kCacheEntries),
      foreign_(kForeignLifetime, kCacheEntries) {}

asio::awaitable<absl::StatusOr<v1::ResolveRecipientResponse>> GrpcMailStore::ResolveRecipient(
    const std::string& address, uint64_t size, const std::string& session_id) {
  if (auto known = cache_.Find(address, RecipientCache::Clock::now())) {
    co_return *std::move(known);
  }
  if (foreign_.Contains(address, ForeignDomains::Clock::now())) {
    co_return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_LOCAL,
                             "the domain is not served here");
  }
  v1::ResolveRecipientRequest request;
  request.set_address(address);
  request.set_size(size);
  request.set_session_id(session_id);
  v1::ResolveRecipientResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->ResolveRecipient(context, &request, &response, std::move(done));
  };
  const absl::Status status = co_await rpc::CallMailstore<v1::Directory>(
      pool_, rpc::KeyOf(absl::string_view(address)), kResolveTimeout, call);
  if (!status.ok()) {
    if (rpc::ReasonOf(status) == v1::ErrorDetail::REASON_NOT_LOCAL) {
      foreign_.Insert(address, ForeignDomains::Clock::now());
    }
    LogUnanswered("ResolveRecipient", session_id, status);
    co_return status;
  }
  cache_.Insert(address, response, RecipientCache::Clock::now());
  co_return response;
}

asio::awaitable<absl::Status> GrpcMailStore::CheckSender(v1::Grant& grant,
                                                         const std::string& address,
                                                         const std::string& session_id) {
  gateway::Login login(pool_, session_id, grant);
  const absl::StatusOr<v1::Caller> caller = co_await login.Caller(kTicketLeft);
  if (!caller.ok()) {
    LogUnanswered("RefreshTicket", session_id, caller.status());
    co_return caller.status();
  }
  grant = login.grant();
  v1::CheckSenderRequest request;
  *request.mutable_caller() = *caller;
  request.set_address(address);
  v1::CheckSenderResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->CheckSender(context, &request, &response, std::move(done));
  };
  const absl::Status status =
      co_await rpc::CallMailstore<v1::Directory>(pool_, login.key(), kResolveTimeout, call);
  if (!status.ok()) {
    LogUnanswered("CheckSender", session_id, status);
  }
  co_return status;
}

asio::awaitable<absl::StatusOr<v1::AuthenticateResponse>> GrpcMailStore::Authenticate(
    const v1::AuthenticateRequest& request) {
  v1::AuthenticateResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->Authenticate(context, &request, &response, std::move(done));
  };
  const absl::Status status = co_await rpc::CallMailstore<v1::Auth>(
      pool_, rpc::KeyOf(absl::string_view(request.session_id())), kAuthenticateTimeout, call);
  if (!status.ok()) {
    LogUnanswered("Authenticate", request.session_id(), status);
    co_return status;
  }
  co_return response;
}

asio::awaitable<absl::StatusOr<v1::CheckGreylistResponse>> GrpcMailStore::CheckGreylist(
    const v1::CheckGreylistRequest& request, const std::string& session_id) {
  v1::CheckGreylistResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->CheckGreylist(context, &request, &response, std::move(done));
  };
  const uint64_t key = rpc::KeyOf(absl::string_view(request.client_network()));
  const absl::Status status =
      co_await rpc::CallMailstore<v1::Policy>(pool_, key, kPolicyTimeout, call);
  if (!status.ok()) {
    LogUnanswered("CheckGreylist", session_id, status);
    co_return status;
  }
  co_return response;
}

// One key's events meet in one replica, which counts them together.
asio::awaitable<absl::StatusOr<v1::CountEventsResponse>> GrpcMailStore::CountEvents(
    const v1::CountEventsRequest& request, const std::string& session_id) {
  v1::CountEventsResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->CountEvents(context, &request, &response, std::move(done));
  };
  const uint64_t key =
      rpc::KeyOf(request.events().empty() ? absl::string_view() : request.events(0).key());
  const absl::Status status =
      co_await rpc::CallMailstore<v1::Policy>(pool_, key, kPolicyTimeout, call);
  if (!status.ok()) {
    LogUnanswered("CountEvents", session_id, status);
    co_return status;
  }
  co_return response;
}

rpc::ReplicaPtr GrpcMailStore::Choose(const v1::DeliverStart& start, int attempt) const {
  const auto ranked = pool_.Ranked(KeyOf(start));
  size_t usable = 0;
  while (usable < ranked.size() && !ranked[usable]->IsDown()) ++usable;
  if (usable == 0) {
    usable = ranked.size();
  }
  return usable == 0 ? nullptr : ranked[static_cast<size_t>(attempt) % usable];
}

asio::awaitable<absl::StatusOr<v1::DeliverResponse>> GrpcMailStore::Deliver(
    const v1::DeliverRequest& message, int attempt) {
  const rpc::ReplicaPtr replica = Choose(message.start(), attempt);
  if (!replica) {
    co_return NoReplica();
  }
  const auto executor = co_await asio::this_coro::executor;
  auto result = co_await LinkTo(replica, executor)->Deliver(message, kDeliverTimeout);
  if (!result.ok()) {
    LogUnanswered("DeliverMany", message.start().session_id(), result.status());
  }
  co_return result;
}

std::shared_ptr<DeliveryLink> GrpcMailStore::LinkTo(const rpc::ReplicaPtr& replica,
                                                    const asio::any_io_executor& executor) {
  const asio::execution_context& context = asio::query(executor, asio::execution::context);
  const std::lock_guard lock(mutex_);
  Links& links = links_[&context];
  const auto known = links.find(replica);
  if (known != links.end()) {
    return known->second;
  }
  // Replicas come and go.
  std::erase_if(links, [](const auto& other) { return other.second->idle(); });
  return links.emplace(replica, std::make_shared<DeliveryLink>(executor, replica)).first->second;
}

asio::awaitable<void> GrpcMailStore::Close() {
  const auto executor = co_await asio::this_coro::executor;
  Links links;
  {
    const std::lock_guard lock(mutex_);
    links.swap(links_[&asio::query(executor, asio::execution::context)]);
  }
  for (const auto& [replica, link] : links) {
    co_await link->Close();
  }
}

asio::awaitable<absl::StatusOr<std::unique_ptr<DeliveryStream>>> GrpcMailStore::OpenDelivery(
    const v1::DeliverStart& start, int attempt) {
  rpc::ReplicaPtr replica = Choose(start, attempt);
  if (!replica) {
    co_return NoReplica();
  }
  const auto executor = co_await asio::this_coro::executor;
  auto stream = OpenStream(executor, *replica, kStreamTimeout);
  std::unique_ptr<DeliveryStream> delivery = std::make_unique<GrpcDeliveryStream>(
      std::move(stream), std::move(replica), start.session_id());
  co_return delivery;
}

asio::awaitable<absl::StatusOr<v1::SettleDeliveryResponse>> GrpcMailStore::SettleDelivery(
    const v1::DeliverStart& start) {
  v1::SettleDeliveryRequest request;
  request.set_idempotency_key(start.idempotency_key());
  *request.mutable_account_ids() = start.account_ids();
  request.set_session_id(start.session_id());
  v1::SettleDeliveryResponse response;
  auto call = [&](auto* stub, grpc::ClientContext* context, rpc::Done done) {
    stub->SettleDelivery(context, &request, &response, std::move(done));
  };
  const absl::Status status =
      co_await rpc::CallMailstore<v1::Delivery>(pool_, KeyOf(start), kSettleTimeout, call);
  if (!status.ok()) {
    LogUnanswered("SettleDelivery", start.session_id(), status);
    co_return status;
  }
  co_return response;
}

}  // namespace posthorn::smtp
