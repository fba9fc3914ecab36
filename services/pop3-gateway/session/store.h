// The calls of one session to mailstore. Each goes to the replica of the session's account and,
// while that cannot be reached, to the next. Runs on the session's executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/gateway/login.h"
#include "common/rpc/mailstore_pool.h"
#include "posthorn/v1/auth.pb.h"
#include "posthorn/v1/common.pb.h"
#include "posthorn/v1/maildrop.pb.h"

namespace posthorn::pop3 {

class Store {
 public:
  // The pool outlives the store.
  Store(rpc::MailstorePool& pool, std::string session_id);

  // Acts for this account from now on. Nothing else may be called before.
  void SetGrant(v1::Grant grant);
  bool has_grant() const { return login_ != nullptr; }
  const std::string& address() const { return login_->address(); }

  // Takes the maildrop's lock, under a name of this session's own.
  boost::asio::awaitable<absl::StatusOr<v1::LockMaildropResponse>> Lock();
  // Seconds that the lock lives on. Keeps the ticket valid too.
  boost::asio::awaitable<absl::StatusOr<uint32_t>> Renew();
  // Removes messages and gives the lock back; how many were removed.
  boost::asio::awaitable<absl::StatusOr<uint32_t>> Release(std::vector<uint32_t> delete_uids);

  // For streams; valid while Renew is called every minute.
  const v1::Caller& caller() const { return caller_; }
  const rpc::MailstorePool& pool() const { return pool_; }
  // Of the account, for rpc::MailstorePool::Ranked.
  uint64_t key() const { return login_->key(); }

 private:
  // Sets caller_, with a new ticket when the old one nears its end.
  boost::asio::awaitable<absl::Status> RefreshCaller();

  rpc::MailstorePool& pool_;
  const std::string session_id_;
  const std::string holder_;
  std::unique_ptr<gateway::Login> login_;
  v1::Caller caller_;
};

}  // namespace posthorn::pop3
