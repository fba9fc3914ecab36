#include "pop3-gateway/session/store.h"

#include <chrono>
#include <utility>

#include "common/rpc/client_call.h"
#include "pop3-gateway/maildrop/uid_set.h"
#include "posthorn/v1/maildrop.grpc.pb.h"

namespace posthorn::pop3 {
namespace {

namespace asio = boost::asio;

using Methods = v1::Maildrop::StubInterface::async_interface;

constexpr std::chrono::seconds kRenewTimeout{10};
// Lists or removes a whole maildrop.
constexpr std::chrono::seconds kMaildropTimeout{60};

}  // namespace

Store::Store(rpc::MailstorePool& pool, std::string session_id)
    : pool_(pool), session_id_(std::move(session_id)), holder_(gateway::NewIdempotencyKey()) {}

void Store::SetGrant(v1::Grant grant) {
  login_ = std::make_unique<gateway::Login>(pool_, session_id_, std::move(grant));
}

asio::awaitable<absl::Status> Store::RefreshCaller() {
  absl::StatusOr<v1::Caller> caller = co_await login_->Caller();
  if (caller.ok()) {
    caller_ = *std::move(caller);
    co_return absl::OkStatus();
  }
  co_return caller.status();
}

asio::awaitable<absl::StatusOr<v1::LockMaildropResponse>> Store::Lock() {
  absl::Status status = co_await RefreshCaller();
  if (!status.ok()) {
    co_return status;
  }
  v1::LockMaildropRequest request;
  *request.mutable_caller() = caller_;
  request.set_holder(holder_);
  v1::LockMaildropResponse response;
  status = co_await rpc::CallShort<v1::Maildrop>(pool_, key(), kMaildropTimeout,
                                                 &Methods::LockMaildrop, request, response);
  if (!status.ok()) {
    co_return status;
  }
  if (response.uids_size() != response.sizes_size()) {
    co_return absl::InternalError("columns of unequal length in LockMaildropResponse");
  }
  co_return response;
}

asio::awaitable<absl::StatusOr<uint32_t>> Store::Renew() {
  absl::Status status = co_await RefreshCaller();
  if (!status.ok()) {
    co_return status;
  }
  v1::RenewMaildropRequest request;
  *request.mutable_caller() = caller_;
  request.set_holder(holder_);
  v1::RenewMaildropResponse response;
  status = co_await rpc::CallShort<v1::Maildrop>(pool_, key(), kRenewTimeout,
                                                 &Methods::RenewMaildrop, request, response);
  if (!status.ok()) {
    co_return status;
  }
  co_return response.lease_seconds();
}

asio::awaitable<absl::StatusOr<uint32_t>> Store::Release(std::vector<uint32_t> delete_uids) {
  absl::Status status = co_await RefreshCaller();
  if (!status.ok()) {
    co_return status;
  }
  v1::ReleaseMaildropRequest request;
  *request.mutable_caller() = caller_;
  request.set_holder(holder_);
  if (!delete_uids.empty()) {
    *request.mutable_delete_uids() = MakeUidSet(delete_uids);
  }
  v1::ReleaseMaildropResponse response;
  status = co_await rpc::CallShort<v1::Maildrop>(pool_, key(), kMaildropTimeout,
                                                 &Methods::ReleaseMaildrop, request, response);
  if (!status.ok()) {
    co_return status;
  }
  co_return response.deleted();
}

}  // namespace posthorn::pop3
