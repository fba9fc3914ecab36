#include "mailstore/batch/work_set.h"

#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

bool Unseen(uint32_t flags) { return (flags & v1::FLAG_SEEN) == 0; }
bool Deleted(uint32_t flags) { return (flags & v1::FLAG_DELETED) != 0; }

void Count(MailboxState& state, const MessageRow& row, int sign) {
  state.n_messages += sign;
  state.n_unseen += Unseen(row.flags) ? sign : 0;
  state.n_deleted += Deleted(row.flags) ? sign : 0;
  state.size += sign * static_cast<int64_t>(row.size);
}

void Count(AccountState& state, const MessageRow& row, int sign) {
  state.used_messages += sign;
  state.used_bytes += sign * static_cast<int64_t>(row.size);
}

}  // namespace

bool FitsQuota(const AccountState& account, int64_t bytes, int64_t messages) {
  const bool room = account.quota_bytes == 0 || account.used_bytes + bytes <= account.quota_bytes;
  return room && (account.quota_messages == 0 ||
                  account.used_messages + messages <= account.quota_messages);
}

bool IsBelowQuota(const AccountState& account) {
  return (account.quota_bytes == 0 || account.used_bytes < account.quota_bytes) &&
         (account.quota_messages == 0 || account.used_messages < account.quota_messages);
}

WorkMailbox* WorkSet::FindMailbox(MailboxKey key) {
  const auto it = mailboxes.find(key);
  return it == mailboxes.end() ? nullptr : &it->second;
}

WorkAccount* WorkSet::FindAccount(AccountId id) {
  const auto it = accounts.find(id);
  return it == accounts.end() ? nullptr : &it->second;
}

uint32_t WorkSet::Insert(WorkMailbox& mailbox, WorkAccount& account, MessageRow row) {
  const uint32_t uid = mailbox.state.uidnext++;
  row.uid = Uid(uid);
  row.modseq = mailbox.Touch(operation_);
  // RFC 8514 2: a copy and a moved message were saved now.
  row.save_date = now;
  Count(mailbox.state, row, 1);
  Count(account.state, row, 1);
  account.dirty = true;
  mailbox.messages.emplace_hint(mailbox.messages.end(), uid, WorkMessage{row, true, false, false});
  return uid;
}

void WorkSet::Remove(WorkMailbox& mailbox, WorkAccount& account, WorkMessage& message,
                     bool keep_body) {
  message.removed = true;
  mailbox.Touch(operation_);
  Count(mailbox.state, message.row, -1);
  Count(account.state, message.row, -1);
  account.dirty = true;
  if (!keep_body) {
    AddReference({mailbox.state.key.account, message.row.blob}, -1);
  }
}

void WorkSet::SetFlags(WorkMailbox& mailbox, WorkMessage& message, uint32_t flags,
                       uint64_t keywords) {
  MessageRow& row = message.row;
  if (row.flags == flags && row.keywords == keywords) {
    return;
  }
  mailbox.state.n_unseen += static_cast<int>(Unseen(flags)) - static_cast<int>(Unseen(row.flags));
  mailbox.state.n_deleted +=
      static_cast<int>(Deleted(flags)) - static_cast<int>(Deleted(row.flags));
  row.flags = flags;
  row.keywords = keywords;
  row.modseq = mailbox.Touch(operation_);
  message.changed = true;
}

bool WorkSet::IsWhole(const StoredMessage& message, BlobKey uploaded) const {
  if (uploaded.blob.value() == 0) {
    return true;
  }
  const auto upload = uploads.find(uploaded);
  if (upload == uploads.end()) {
    return false;
  }
  int64_t octets = upload->second;
  for (const BodyChunk& chunk : message.chunks) {
    octets += chunk.plain_size;
  }
  return octets == message.size;
}

BlobId WorkSet::AddBlob(AccountId id, WorkAccount& account,
                        std::shared_ptr<const StoredMessage> message, BlobId uploaded) {
  const bool was_uploaded = uploaded.value() != 0;
  const BlobId blob = was_uploaded ? uploaded : BlobId(account.state.next_blob_id++);
  new_blobs.push_back({{id, blob}, std::move(message), was_uploaded});
  return blob;
}

void WorkSet::AddQueued(const QueuedMail& mail, std::shared_ptr<const StoredMessage> message) {
  const auto take = [this] {
    const int64_t id = queue_ids.back();
    queue_ids.pop_back();
    return id;
  };
  NewQueued added{.mail = &mail, .size = message->size};
  for (size_t i = 0; i < mail.recipients.size(); ++i) {
    added.recipient_ids.push_back(take());
  }
  const bool was_uploaded = mail.uploaded.value() != 0;
  added.key = {mail.account, was_uploaded ? mail.uploaded : BlobId(take())};
  new_blobs.push_back({added.key, std::move(message), was_uploaded});
  queued.push_back(std::move(added));
}

BlobId WorkSet::CopyBlob(AccountId id, WorkAccount& account, BlobKey from) {
  const BlobId blob(account.state.next_blob_id++);
  copied_blobs.push_back({from, {id, blob}});
  return blob;
}

bool WorkSet::CountSending(const QueuedMail& mail) {
  const auto count = sending.find(AccountId(mail.envelope.submitter_account_id()));
  if (count == sending.end()) {
    return true;
  }
  const auto recipients = static_cast<int32_t>(mail.recipients.size());
  SendingCount& today = count->second;
  if (today.before + today.used + recipients > today.limit) {
    return false;
  }
  today.used += recipients;
  return true;
}

void WorkSet::Record(AccountId account, const std::string& key, std::string octets) {
  known_results[{account, key}] = octets;
  results.push_back({account, key, std::move(octets)});
}

void WorkSet::AddReference(BlobKey blob, int n) { references[blob].now += n; }

absl::StatusOr<uint64_t> WorkSet::KeywordMask(WorkMailbox& mailbox,
                                              absl::Span<const std::string> names) {
  const size_t before = mailbox.state.keywords.size();
  uint64_t mask = 0;
  for (const std::string& name : names) {
    int bit = FindKeyword(mailbox.state, name);
    if (bit < 0) {
      if (mailbox.state.keywords.size() >= kMaxKeywords) {
        mailbox.state.keywords.resize(before);
        return rpc::MakeError(absl::StatusCode::kResourceExhausted,
                              v1::ErrorDetail::REASON_TOO_MANY, "too many keywords in the mailbox");
      }
      bit = static_cast<int>(mailbox.state.keywords.size());
      mailbox.state.keywords.push_back(name);
      mailbox.dirty = true;
    }
    mask |= uint64_t{1} << bit;
  }
  return mask;
}

}  // namespace posthorn::store
