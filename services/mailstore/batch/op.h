// What the write batcher does: the operations, and what each gives back.
//
// An operation is filled in by its caller, given to Batcher::Run(), and read afterwards. It takes
// effect whole or not at all, whatever becomes of its neighbours in the batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mailstore/access/rights.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/queued_mail.h"
#include "mailstore/storage/body.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"

namespace posthorn::store {

// Adds one message to mailboxes of one account or more (delivery), to the outbound queue, or to
// both. NotFound REASON_MAILBOX_NOT_FOUND or REASON_UNKNOWN_RECIPIENT; ResourceExhausted
// REASON_OVER_QUOTA, REASON_TOO_MANY, REASON_SENDING_LIMIT; Unavailable REASON_STORE_UNAVAILABLE if
// the database has lost what was uploaded.
struct AddOp {
  struct Target {
    MailboxKey mailbox;
    // The body's chunks were uploaded under this id before, all but those in `message`.
    BlobId uploaded;
  };
  std::shared_ptr<const StoredMessage> message;
  std::vector<Target> targets;  // of distinct accounts; one or more, unless it is queued
  // Its part for the queue; null: none.
  std::shared_ptr<const QueuedMail> queued;
  // The body is another account's: it is copied, and `message` has only what is known of it.
  std::optional<BlobKey> copied_from;
  int64_t internal_date = 0;
  // An account below its quota takes the message even if that carries it over.
  bool may_overshoot = false;
  std::string key;  // idempotency, under FirstAccount()
  // What its sender is told of it, in the same transaction, if that can be done. Without a key.
  std::shared_ptr<AddOp> notification;

  // The first target's, or that of the queue.
  AccountId FirstAccount() const {
    return targets.empty() ? queued->account : targets.front().mailbox.account;
  }

  struct Place {
    uint32_t uidvalidity = 0;
    Uid uid;
    ModSeq modseq;
  };
  std::vector<Place> places;  // result; for a repeated key only that of the first target
};

// Adds messages to one mailbox (APPEND), perhaps in the place of another message (REPLACE).
// NotFound REASON_MAILBOX_NOT_FOUND, or REASON_NOT_FOUND if the replaced message is gone;
// ResourceExhausted REASON_OVER_QUOTA, REASON_TOO_MANY; Unavailable as AddOp.
struct AppendOp {
  struct Item {
    std::shared_ptr<const StoredMessage> message;
    BlobId uploaded;  // as AddOp::Target's
    int64_t internal_date = 0;
    uint32_t flags = 0;
    std::vector<std::string> keywords;
  };
  struct Replaced {
    MailboxKey mailbox;  // of whichever account
    uint32_t uid = 0;
  };
  MailboxKey mailbox;
  std::vector<Item> items;  // one or more
  std::optional<Replaced> replaced;
  std::string key;  // idempotency

  uint32_t uidvalidity = 0;  // result
  uint32_t first_uid = 0;    // the others follow it
  uint32_t added = 0;
  ModSeq modseq;
};

// STORE. NotFound REASON_MAILBOX_NOT_FOUND; ResourceExhausted REASON_TOO_MANY.
struct FlagsOp {
  enum class Mode { kAdd, kRemove, kReplace };
  MailboxKey mailbox;
  std::vector<uint32_t> uids;  // ascending
  Mode mode = Mode::kAdd;
  FlagMask changeable;  // others of the flags stay as they are
  uint32_t flags = 0;
  std::vector<std::string> keywords;
  std::optional<ModSeq> unchanged_since;  // messages with a greater MODSEQ stay as they are
  std::string key;                        // idempotency, of a conditional one

  std::vector<MessageRow> rows;    // result: those that live, after the change
  std::vector<ModSeq> before;      // their MODSEQs until then; empty for a repeated key
  std::vector<uint32_t> modified;  // those that unchanged_since left alone
  MailboxState state;
};

// COPY and MOVE; to another account the bodies are copied. NotFound REASON_MAILBOX_NOT_FOUND
// (either mailbox); ResourceExhausted REASON_OVER_QUOTA.
struct CopyOp {
  MailboxKey source;
  MailboxKey destination;
  FlagMask changeable;         // other flags are not taken over
  std::vector<uint32_t> uids;  // ascending
  bool move = false;
  std::string key;  // idempotency

  bool AcrossAccounts() const { return source.account != destination.account; }

  uint32_t uidvalidity = 0;  // result, of the destination
  std::vector<uint32_t> source_uids;
  std::vector<uint32_t> destination_uids;
};

// EXPUNGE, and the end of a POP3 session. NotFound REASON_MAILBOX_NOT_FOUND; FailedPrecondition
// REASON_MAILDROP_LOST.
struct ExpungeOp {
  MailboxKey mailbox;
  std::vector<uint32_t> uids;  // ascending
  bool only_deleted = true;    // only messages with \Deleted
  // Gives back the maildrop lock of this holder, without which nothing is removed.
  std::optional<std::string> maildrop_holder;

  std::vector<uint32_t> removed;  // result
  ModSeq highest_modseq;
};

// A session takes the \Recent messages that it is told of, those before `end_uid` (RFC 9051 does
// without; RFC 3501 2.3.2). What has arrived since is left to whoever is told of that.
// NotFound REASON_MAILBOX_NOT_FOUND.
struct ClaimRecentOp {
  MailboxKey mailbox;
  uint32_t end_uid = 0;

  uint32_t recent_from_uid = 0;  // result: those from here on are the session's
};

using Op = std::variant<AddOp, AppendOp, FlagsOp, CopyOp, ExpungeOp, ClaimRecentOp>;

}  // namespace posthorn::store
