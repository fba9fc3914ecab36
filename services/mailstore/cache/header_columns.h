// What SEARCH, SORT and THREAD need of the headers of a mailbox: texts decoded and folded once, so
// that 100,000 messages are searched at the speed of memory.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/cache/byte_lru.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// The texts of a message, all decoded (RFC 2047) and folded (RFC 5051).
enum class HeaderText {
  // What SEARCH looks into. Addresses as "name <local@domain>", each ended by a NUL.
  kSubject,
  kFrom,
  kTo,
  kCc,
  kBcc,
  kMessageId,
  kInReplyTo,
  // What SORT and THREAD compare (RFC 5256 3, RFC 5957 3).
  kBaseSubject,
  kSortFrom,
  kSortTo,
  kSortCc,
  kDisplayFrom,
  kDisplayTo,
};
inline constexpr size_t kHeaderTexts = 13;

// What is kept of headers beside their dates: some of the texts, thread ids.
class HeaderParts {
 public:
  static constexpr HeaderParts All() { return HeaderParts((1 << kHeaderTexts) - 1, true); }
  static constexpr HeaderParts Of(std::initializer_list<HeaderText> texts, bool thread_ids) {
    HeaderParts parts(0, thread_ids);
    for (const HeaderText text : texts) {
      parts.Add(text);
    }
    return parts;
  }
  constexpr void Add(HeaderText text) { texts_ |= Bit(text); }

  constexpr bool Has(HeaderText text) const { return (texts_ & Bit(text)) != 0; }
  constexpr bool thread_ids() const { return thread_ids_; }
  // How many texts, and how many of them are before `text`.
  constexpr size_t texts() const { return static_cast<size_t>(std::popcount(texts_)); }
  constexpr size_t TextsBefore(HeaderText text) const {
    return static_cast<size_t>(std::popcount(texts_ & (Bit(text) - 1)));
  }

 private:
  constexpr HeaderParts(uint32_t texts, bool thread_ids) : texts_(texts), thread_ids_(thread_ids) {}
  static constexpr uint32_t Bit(HeaderText text) { return uint32_t{1} << static_cast<int>(text); }

  uint32_t texts_;
  bool thread_ids_;
};

// Some messages of a mailbox, ascending by UID. Not thread-safe while it grows.
class HeaderBlock {
 public:
  static constexpr size_t kFull = 4'096;

  explicit HeaderBlock(HeaderParts parts = HeaderParts::All()) : parts_(parts) {}

  size_t size() const { return uids_.size(); }
  uint32_t uid(size_t i) const { return uids_[i]; }
  // Empty for a text that is not kept.
  absl::string_view Text(size_t i, HeaderText which) const;
  // Whether the message has the field; for those that SEARCH looks into.
  bool Has(size_t i, HeaderText which) const;
  // The Date field as UTC; nothing if there is none that can be read.
  std::optional<int64_t> Sent(size_t i) const;
  // The same as days since 1970, time and zone disregarded.
  std::optional<int32_t> SentDay(size_t i) const;
  bool IsReply(size_t i) const { return (bits_[i] & kReply) != 0; }
  // See thread_ids.h.
  absl::Span<const uint64_t> ThreadIds(size_t i) const;

  // `envelope` is a serialized v1::Envelope, `thread_ids` packed ones for an envelope without.
  void Append(uint32_t uid, absl::string_view envelope, absl::string_view thread_ids);
  size_t LowerBound(uint32_t uid) const;
  size_t Bytes() const;

 private:
  // Bits 0 to 6 are Has() of the first texts.
  static constexpr uint16_t kReply = 1 << 14;
  static constexpr uint16_t kDated = 1 << 15;

  void AppendText(absl::string_view text);
  void EndText() { ends_.push_back(static_cast<uint32_t>(text_.size())); }

  HeaderParts parts_;
  std::vector<uint32_t> uids_;
  std::vector<uint16_t> bits_;
  std::vector<int64_t> sent_;
  std::vector<int32_t> sent_day_;
  std::string text_;
  std::vector<uint32_t> ends_;  // of each text in text_, parts_.texts() a message
  std::vector<uint64_t> thread_ids_;
  std::vector<uint32_t> thread_ends_;  // of each message's in thread_ids_
};

// One message of a block.
struct HeaderRow {
  const HeaderBlock* block = nullptr;
  size_t i = 0;
  explicit operator bool() const { return block != nullptr; }
};

// The messages of a mailbox up to a UID. Immutable; copies share their blocks.
class HeaderColumns {
 public:
  uint32_t uidvalidity = 0;

  uint32_t last_uid() const {
    return blocks_.empty() ? 0 : blocks_.back()->uid(blocks_.back()->size() - 1);
  }
  // Blocks behind those that are there; a short last one is joined with what comes.
  void Append(std::vector<std::shared_ptr<HeaderBlock>> blocks);
  // A copy of the last block if it is short, to be filled up; it is taken away.
  std::shared_ptr<HeaderBlock> TakeShortBlock();
  HeaderRow Find(uint32_t uid) const;
  size_t Bytes() const;

 private:
  std::vector<std::shared_ptr<const HeaderBlock>> blocks_;
};

using HeaderCache = ByteLru<MailboxKey, const HeaderColumns>;

}  // namespace posthorn::store
