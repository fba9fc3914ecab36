#include "mailstore/storage/message_rows.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/binary_row.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr Statement kLoadPlaced{
    "message.load_placed",
    "SELECT m.account_id, m.mailbox_id, m.uid, m.modseq, m.blob_id, m.internal_date, m.keywords, "
    "m.size, m.flags, m.save_date FROM unnest($1::bigint[], $2::int[], $3::int[]) AS k "
    "(account_id, mailbox_id, "
    "uid) JOIN message m USING (account_id, mailbox_id, uid) "
    "WHERE m.account_id = ANY ($4::bigint[])"};

constexpr Statement kInsert{
    "message.insert",
    "INSERT INTO message (account_id, mailbox_id, uid, modseq, blob_id, internal_date, keywords, "
    "size, flags, save_date) SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], "
    "$4::bigint[], "
    "$5::bigint[], $6::bigint[], $7::bigint[], $8::int[], $9::int[], $10::bigint[])"};

constexpr Statement kUpdateFlags{
    "message.update_flags",
    "UPDATE message m SET modseq = k.modseq, keywords = k.keywords, flags = k.flags "
    "FROM unnest($1::bigint[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::int[]) "
    "AS k (account_id, mailbox_id, uid, modseq, keywords, flags) "
    "WHERE m.account_id = ANY ($7::bigint[]) AND m.account_id = k.account_id "
    "AND m.mailbox_id = k.mailbox_id AND m.uid = k.uid"};

constexpr Statement kDelete{
    "message.delete",
    "DELETE FROM message m USING unnest($1::bigint[], $2::int[], $3::int[]) "
    "AS k (account_id, mailbox_id, uid) WHERE m.account_id = ANY ($4::bigint[]) "
    "AND m.account_id = k.account_id AND m.mailbox_id = k.mailbox_id AND m.uid = k.uid"};

struct KeyArrays {
  BinaryArray account{Type::kInt8};
  BinaryArray mailbox{Type::kInt4};
  BinaryArray uid{Type::kInt4};
  // Each account once, for ANY: a plan that looks every message up by the index sorts the array
  // anew for each of them.
  BinaryArray accounts{Type::kInt8};
  std::optional<AccountId> last;
  void Add(const MailboxKey& key, uint32_t u) {
    if (last != key.account) {
      accounts.AddInt8(static_cast<int64_t>(key.account.value()));
      last = key.account;
    }
    account.AddInt8(static_cast<int64_t>(key.account.value()));
    mailbox.AddInt4(key.mailbox.value());
    uid.AddInt4(static_cast<int32_t>(u));
  }
};

KeyArrays Keys(absl::Span<const std::pair<MailboxKey, uint32_t>> messages) {
  KeyArrays keys;
  for (const auto& [mailbox, uid] : messages) {
    keys.Add(mailbox, uid);
  }
  return keys;
}

constexpr char kColumns[] = "uid, modseq, blob_id, internal_date, keywords, size, flags, save_date";

std::vector<MessageRow> FromBinary(const pqxx::result& rows, ModSeq floor) {
  std::vector<MessageRow> messages;
  messages.reserve(rows.size());
  for (const auto& row : rows) {
    messages.push_back({.uid = Uid(static_cast<uint32_t>(ReadInt4(row[0]))),
                        .modseq = std::max(ModSeq(ReadInt8(row[1])), floor),
                        .blob = BlobId(ReadInt8(row[2])),
                        .internal_date = ReadInt8(row[3]),
                        .save_date = ReadInt8(row[7]),
                        .keywords = static_cast<uint64_t>(ReadInt8(row[4])),
                        .size = static_cast<uint32_t>(ReadInt4(row[5])),
                        .flags = static_cast<uint32_t>(ReadInt4(row[6]))});
  }
  return messages;
}

std::string Select(MailboxKey mailbox, const std::string& condition) {
  return absl::StrCat("SELECT ", kColumns,
                      " FROM message WHERE account_id = ", mailbox.account.value(),
                      " AND mailbox_id = ", mailbox.mailbox.value(), condition, " ORDER BY uid");
}

}  // namespace

std::vector<MessageRow> LoadMessages(Transaction& transaction, const MailboxState& mailbox) {
  return FromBinary(
      transaction.SelectBinary("message.load_all", "messages", Select(mailbox.key, "")),
      mailbox.message_floor);
}

std::vector<MessageRow> LoadMessages(Transaction& transaction, const MailboxState& mailbox,
                                     absl::Span<const uint32_t> uids) {
  if (uids.empty()) {
    return {};
  }
  const std::string condition = absl::StrCat(" AND uid = ANY ('{", absl::StrJoin(uids, ","), "}')");
  return FromBinary(transaction.SelectBinary("message.load_uids", "messages_by_uid",
                                             Select(mailbox.key, condition)),
                    mailbox.message_floor);
}

std::vector<PlacedMessage> LoadMessages(
    Transaction& transaction, absl::Span<const std::pair<MailboxKey, uint32_t>> messages) {
  KeyArrays keys = Keys(messages);
  const pqxx::result rows =
      transaction.Exec(kLoadPlaced, keys.account.Finish(), keys.mailbox.Finish(), keys.uid.Finish(),
                       keys.accounts.Finish());
  std::vector<PlacedMessage> placed;
  placed.reserve(rows.size());
  for (const auto& row : rows) {
    placed.push_back({{AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())},
                      {.uid = Uid(row[2].as<uint32_t>()),
                       .modseq = ModSeq(row[3].as<int64_t>()),
                       .blob = BlobId(row[4].as<int64_t>()),
                       .internal_date = row[5].as<int64_t>(),
                       .save_date = row[9].as<int64_t>(),
                       .keywords = static_cast<uint64_t>(row[6].as<int64_t>()),
                       .size = row[7].as<uint32_t>(),
                       .flags = row[8].as<uint32_t>()}});
  }
  return placed;
}

void InsertMessages(Transaction& transaction, absl::Span<const PlacedMessage> messages) {
  KeyArrays keys;
  BinaryArray modseq(Type::kInt8), blob(Type::kInt8), date(Type::kInt8), keywords(Type::kInt8),
      size(Type::kInt4), flags(Type::kInt4), save_date(Type::kInt8);
  for (const PlacedMessage& message : messages) {
    keys.Add(message.mailbox, message.row.uid.value());
    modseq.AddInt8(message.row.modseq.value());
    blob.AddInt8(message.row.blob.value());
    date.AddInt8(message.row.internal_date);
    keywords.AddInt8(static_cast<int64_t>(message.row.keywords));
    size.AddInt4(static_cast<int32_t>(message.row.size));
    flags.AddInt4(static_cast<int32_t>(message.row.flags));
    save_date.AddInt8(message.row.save_date);
  }
  transaction.Post(kInsert, keys.account.Finish(), keys.mailbox.Finish(), keys.uid.Finish(),
                   modseq.Finish(), blob.Finish(), date.Finish(), keywords.Finish(), size.Finish(),
                   flags.Finish(), save_date.Finish());
}

void UpdateMessageFlags(Transaction& transaction, absl::Span<const PlacedMessage> messages) {
  KeyArrays keys;
  BinaryArray modseq(Type::kInt8), keywords(Type::kInt8), flags(Type::kInt4);
  for (const PlacedMessage& message : messages) {
    keys.Add(message.mailbox, message.row.uid.value());
    modseq.AddInt8(message.row.modseq.value());
    keywords.AddInt8(static_cast<int64_t>(message.row.keywords));
    flags.AddInt4(static_cast<int32_t>(message.row.flags));
  }
  transaction.Post(kUpdateFlags, keys.account.Finish(), keys.mailbox.Finish(), keys.uid.Finish(),
                   modseq.Finish(), keywords.Finish(), flags.Finish(), keys.accounts.Finish());
}

void DeleteMessages(Transaction& transaction,
                    absl::Span<const std::pair<MailboxKey, uint32_t>> messages) {
  KeyArrays keys = Keys(messages);
  transaction.Post(kDelete, keys.account.Finish(), keys.mailbox.Finish(), keys.uid.Finish(),
                   keys.accounts.Finish());
}

}  // namespace posthorn::store
