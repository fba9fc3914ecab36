// A mailstore of one maildrop, for tests of what the real one does only when things go wrong: it
// loses streams, locks and messages on demand. One account, alice@example.org with "secret".
#pragma once

#include <grpcpp/server.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/testing/authority.h"
#include "posthorn/v1/auth.grpc.pb.h"
#include "posthorn/v1/maildrop.grpc.pb.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::pop3 {

class FakeStore {
 public:
  // UIDs are 1, 2, 3, ...
  FakeStore(testing_support::Authority& authority, std::vector<std::string> messages);
  ~FakeStore();

  int port() const { return port_; }

  // What it shall do. Set before a client comes.
  std::atomic<uint32_t> lease_seconds = 60;
  std::atomic<bool> in_use = false;          // LockMaildrop: another session has it
  std::atomic<bool> lose_lock = false;       // RenewMaildrop: another session took it
  std::atomic<bool> refuse_release = false;  // ReleaseMaildrop: the database is away
  std::atomic<uint32_t> gone_uid = 0;        // FetchBody: this message is gone
  std::atomic<int> cuts = 0;                 // FetchBody: so many streams break off in a message
  std::atomic<bool> store_away = false;      // FetchBody: the database is away, or goes with a cut

  // What it saw.
  std::atomic<int> renewals = 0;
  std::atomic<int> fetches = 0;
  std::atomic<int> fetches_cancelled = 0;
  // Each fails the test when it waits for a minute.
  // Waits until the lock was given back; the UIDs that were removed with it.
  std::vector<uint32_t> AwaitRelease();
  void AwaitRenewals(int count);

 private:
  class AuthService;
  class MaildropService;
  class MessageService;
  class Sender;

  grpc::Status Fetch(const v1::FetchBodyRequest& request, grpc::ServerContext& context,
                     grpc::ServerWriter<v1::BodyFrame>& writer);
  grpc::Status SendRange(const v1::BodyRange& range, grpc::ServerContext& context, Sender& sender);

  const std::vector<std::string> messages_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  std::vector<uint32_t> deleted_;

  std::unique_ptr<AuthService> auth_;
  std::unique_ptr<MaildropService> maildrop_;
  std::unique_ptr<MessageService> message_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace posthorn::pop3
