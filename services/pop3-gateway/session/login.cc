// The passage from AUTHORIZATION to TRANSACTION and out of it again.
#include "common/gateway/login.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "common/runtime/runtime.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {
namespace {

namespace asio = boost::asio;

// Guessing is slowed down; all delays of a connection together stay below the time-outs of clients,
// some of which give up after five seconds.
constexpr int kMostFailedLogins = 4;
constexpr std::chrono::milliseconds kFirstDelay{500};
constexpr std::chrono::milliseconds kLongestDelay{3000};

std::chrono::milliseconds DelayAfter(int failed_logins) {
  return std::min(kFirstDelay * (1 << std::min(failed_logins - 1, 10)), kLongestDelay);
}

}  // namespace

asio::awaitable<absl::StatusOr<std::variant<std::string, v1::Grant>>> Session::SaslStep(
    std::string mechanism, std::vector<std::string> responses) {
  gateway::SaslRequest request;
  request.mechanism = std::move(mechanism);
  request.responses = std::move(responses);
  request.protocol = "pop3";
  request.session_id = id_;
  co_return co_await gateway::SaslStep(context_.gateway.mailstore(), stream_, request);
}

asio::awaitable<void> Session::LoginFailed(absl::Status error) {
  context_.metrics.failed_logins.Increment();
  user_.clear();
  if (rpc::ReasonOf(error) == v1::ErrorDetail::REASON_BAD_CREDENTIALS) {
    ++failed_logins_;
    log::Info("login failed", {{"session", id_}, {"peer", stream_.peer().address().to_string()}});
    co_await runtime::Sleep(DelayAfter(failed_logins_));
  }
  Fail(error);
  if (failed_logins_ >= kMostFailedLogins) {
    Close("too many failed logins");
  }
}

asio::awaitable<void> Session::EnterTransaction(v1::Grant grant) {
  store_.SetGrant(std::move(grant));
  absl::StatusOr<v1::LockMaildropResponse> locked = co_await store_.Lock();
  if (!locked.ok()) {
    // RFC 1939 4: the maildrop cannot be opened, the session stays in AUTHORIZATION.
    co_await LoginFailed(locked.status());
    co_return;
  }
  maildrop_ = std::make_unique<Maildrop>(
      UidValidity{locked->uidvalidity()},
      std::vector<uint32_t>(locked->uids().begin(), locked->uids().end()),
      std::vector<uint64_t>(locked->sizes().begin(), locked->sizes().end()));
  source_ =
      std::make_unique<MessageSource>(stream_.executor(), store_, *maildrop_, locked->mailbox());
  lease_ =
      std::make_unique<LeaseKeeper>(stream_.executor(), store_, locked->lease_seconds(), [this] {
        context_.metrics.lost_locks.Increment();
        stream_.Wake();
      });
  lease_->Start();
  state_ = kTransaction;
  context_.metrics.logins.Increment();
  log::Info("login", {{"session", id_},
                      {"peer", stream_.peer().address().to_string()},
                      {"account", store_.address()},
                      {"messages", maildrop_->last()}});
  Ok(absl::StrCat("Maildrop has ", maildrop_->live_messages(), " messages (",
                  maildrop_->live_octets(), " octets)"));
}

asio::awaitable<absl::Status> Session::Update() {
  source_->Cancel();
  co_await lease_->Stop();
  const absl::StatusOr<uint32_t> deleted = co_await store_.Release(maildrop_->DeletedUids());
  if (deleted.ok()) {
    context_.metrics.deleted_messages.Increment(*deleted);
    lease_.reset();
  }
  co_return deleted.status();
}

asio::awaitable<void> Session::GiveBackMaildrop() {
  if (lease_ == nullptr) {
    co_return;
  }
  // RFC 1939 6: without QUIT nothing is removed. If this fails the lock runs out by itself.
  source_->Cancel();
  co_await lease_->Stop();
  if (!lease_->lost()) {
    const absl::StatusOr<uint32_t> released = co_await store_.Release({});
    if (!released.ok()) {
      log::Warning("the lock of a maildrop could not be given back",
                   {{"session", id_}, {"error", std::string(released.status().message())}});
    }
  }
  lease_.reset();
}

}  // namespace posthorn::pop3
