// A mailstore of one mailbox, for tests of what the real one does only when things go wrong. One
// account, alice@example.org with "secret"; INBOX with the messages given, UIDs 1, 2, 3, ...
#pragma once

#include <grpcpp/server.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/testing/authority.h"
#include "posthorn/v1/auth.grpc.pb.h"
#include "posthorn/v1/mailbox.grpc.pb.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::imap {

class FakeStore {
 public:
  FakeStore(testing_support::Authority& authority, std::vector<std::string> messages);
  ~FakeStore();

  int port() const { return port_; }

  // What it shall do. Set before the command that is to meet it.
  std::atomic<std::uint32_t> gone_uid = 0;        // FetchBody: this message is gone
  std::atomic<std::uint32_t> unreadable_uid = 0;  // FetchBody: this message cannot be read
  std::atomic<int> cuts = 0;                // FetchBody: so many streams break off in a message
  std::atomic<bool> away_with_cut = false;  // a cut sets `away`
  std::atomic<bool> away = false;           // every call: the database is away
  std::atomic<bool> hold_search = false;    // Search: no answer until it is false again
  std::atomic<int> refuse_append = 0;       // Append: ErrorDetail::Reason for the start
  std::atomic<int> refuse_append_late = 0;  // the same, after the first octets
  // StoreFlags of message 1: others change its flags and message 2's in the same commit, after it.
  std::atomic<std::uint32_t> flags_with_store = 0;
  // SyncMailbox, once: a message came, and had gone when the removals were read.
  std::atomic<bool> short_lived = false;

  // What it saw.
  std::atomic<int> appended_octets = 0;
  std::atomic<int> appends_committed = 0;

 private:
  class AuthService;
  class MailboxService;
  class MessageService;

  const std::vector<std::string> messages_;
  std::atomic<std::uint64_t> modseq_ = 0;
  std::atomic<std::uint32_t> stored_flags_ = 0;
  std::unique_ptr<AuthService> auth_;
  std::unique_ptr<MailboxService> mailbox_;
  std::unique_ptr<MessageService> message_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace posthorn::imap
