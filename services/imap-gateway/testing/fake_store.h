// A mailstore of one mailbox, for tests of what the real one does only when things go wrong. One
// account, alice@example.org with "secret"; INBOX with the messages given, UIDs 1, 2, 3, ...
#pragma once

#include <grpcpp/server.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/testing/authority.h"
#include "posthorn/v1/auth.grpc.pb.h"
#include "posthorn/v1/changes.grpc.pb.h"
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
  std::atomic<int> cuts = 0;                  // FetchBody: so many streams break off in a message
  std::atomic<bool> away_with_cut = false;    // a cut sets `away`
  std::atomic<bool> away = false;             // every call: the database is away
  std::atomic<bool> hold_search = false;      // Search, Thread: no answer until it is false again
  std::atomic<int> search_milliseconds = 0;   // Search, Thread: how long they take
  std::atomic<int> listed_mailboxes = 0;      // ListMailboxes: so many, beside INBOX
  std::atomic<bool> hide_inprogress = false;  // Authenticate: INPROGRESS is hidden
  std::atomic<int> refuse_append = 0;         // Append: ErrorDetail::Reason for the start
  std::atomic<int> refuse_append_late = 0;    // the same, after the first octets
  std::atomic<bool> lose_append = false;      // Append: the replica is killed before the commit
  std::atomic<bool> lose_answer = false;      // Append: it is killed after it
  std::atomic<int> settles_away = 0;          // SettleAppend: so many calls find the database away
  std::atomic<int> refuse_settle = 0;         // SettleAppend: ErrorDetail::Reason
  // StoreFlags of message 1: others change its flags and message 2's in the same commit, after it,
  // or only message 2's, before it.
  std::atomic<std::uint32_t> flags_after_store = 0;
  std::atomic<std::uint32_t> flags_before_store = 0;
  // SyncMailbox, once: a message came, and had gone when the removals were read.
  std::atomic<bool> short_lived = false;
  // Others mark these messages \Flagged, anew each time; SyncMailbox tells two at a time.
  void ChangeFlags(std::uint32_t first, std::uint32_t last);
  // SyncMailbox, once: the next part read, others change this message again.
  std::atomic<std::uint32_t> change_after_part = 0;
  // SyncMailbox: the database is away for all but the first part of an answer.
  std::atomic<bool> away_for_parts = false;

  // What it saw.
  std::atomic<int> appended_octets = 0;
  std::atomic<int> appends_committed = 0;
  std::atomic<int> searches_begun = 0;  // Thread too
  std::atomic<int> searches_cancelled = 0;
  std::atomic<int> syncs = 0;

 private:
  class AuthService;
  class MailboxService;
  class MessageService;
  class ChangesService;

  const std::vector<std::string> messages_;
  std::mutex mutex_;
  std::set<std::string> committed_;                 // keys of appends
  std::map<std::uint32_t, std::uint64_t> flagged_;  // UIDs to MODSEQs, of ChangeFlags()
  std::uint64_t flagged_modseq_ = 0;                // the greatest of them
  std::atomic<std::uint64_t> modseq_ = 0;           // of the last StoreFlags
  std::atomic<std::uint32_t> stored_flags_ = 0;
  std::unique_ptr<AuthService> auth_;
  std::unique_ptr<MailboxService> mailbox_;
  std::unique_ptr<MessageService> message_;
  std::unique_ptr<ChangesService> changes_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace posthorn::imap
