#include "mailstore/cache/header_columns.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mail/base_subject.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/encoded_word.h"
#include "mailstore/storage/thread_ids.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

using Addresses = google::protobuf::RepeatedPtrField<v1::Address>;

constexpr int64_t kDay = 86'400;

int64_t FloorDay(int64_t seconds) {
  return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
}

std::string Fold(absl::string_view raw) { return mail::FoldCase(mail::DecodeHeaderText(raw)); }

std::string SearchedAddresses(const Addresses& addresses) {
  std::string text;
  for (const v1::Address& address : addresses) {
    text += Fold(absl::StrCat(address.name(), address.name().empty() ? "" : " ", "<",
                              address.mailbox(), "@", address.host(), ">"));
    text.push_back('\0');
  }
  return text;
}

// RFC 5256 3: the local part of the first address.
std::string SortedAddress(const Addresses& addresses) {
  return addresses.empty() ? std::string() : Fold(addresses[0].mailbox());
}

// RFC 5957 3: the display name, or the name of a group, or the address.
std::string DisplayedAddress(const Addresses& addresses) {
  if (addresses.empty()) {
    return {};
  }
  const v1::Address& first = addresses[0];
  if (first.is_group()) {
    return Fold(first.mailbox());
  }
  std::string name = Fold(first.name());
  return name.empty() ? Fold(absl::StrCat(first.mailbox(), "@", first.host())) : name;
}

}  // namespace

absl::string_view HeaderBlock::Text(size_t i, HeaderText which) const {
  if (!parts_.Has(which)) {
    return {};
  }
  const size_t at = i * parts_.texts() + parts_.TextsBefore(which);
  const uint32_t begin = at == 0 ? 0 : ends_[at - 1];
  return absl::string_view(text_).substr(begin, ends_[at] - begin);
}

bool HeaderBlock::Has(size_t i, HeaderText which) const {
  return (bits_[i] & (1 << static_cast<int>(which))) != 0;
}

std::optional<int64_t> HeaderBlock::Sent(size_t i) const {
  return (bits_[i] & kDated) != 0 ? std::optional(sent_[i]) : std::nullopt;
}

std::optional<int32_t> HeaderBlock::SentDay(size_t i) const {
  return (bits_[i] & kDated) != 0 ? std::optional(sent_day_[i]) : std::nullopt;
}

absl::Span<const uint64_t> HeaderBlock::ThreadIds(size_t i) const {
  const uint32_t begin = i == 0 ? 0 : thread_ends_[i - 1];
  return absl::MakeConstSpan(thread_ids_).subspan(begin, thread_ends_[i] - begin);
}

void HeaderBlock::AppendText(absl::string_view text) {
  text_.append(text.data(), text.size());
  EndText();
}

void HeaderBlock::Append(uint32_t uid, absl::string_view envelope, absl::string_view thread_ids) {
  v1::Envelope parsed;
  if (!parsed.ParseFromArray(envelope.data(), static_cast<int>(envelope.size()))) {
    parsed.Clear();
  }
  const std::string subject = mail::DecodeHeaderText(parsed.subject());
  const mail::BaseSubject base = mail::ExtractBaseSubject(subject);
  const std::optional<mail::Date> date = mail::ParseDate(parsed.date());
  const bool has[] = {parsed.has_subject(),    !parsed.from().empty(), !parsed.to().empty(),
                      !parsed.cc().empty(),    !parsed.bcc().empty(),  parsed.has_message_id(),
                      parsed.has_in_reply_to()};
  uint16_t bits = 0;
  for (size_t i = 0; i < std::size(has); ++i) {
    bits |= static_cast<uint16_t>(has[i] ? 1 << i : 0);
  }
  bits |= base.is_reply ? kReply : 0;
  bits |= date.has_value() ? kDated : 0;

  uids_.push_back(uid);
  bits_.push_back(bits);
  sent_.push_back(date.has_value() ? date->unix_seconds : 0);
  sent_day_.push_back(date.has_value() ? static_cast<int32_t>(FloorDay(
                                             date->unix_seconds + int64_t{60} * date->zone_minutes))
                                       : 0);
  const auto add = [this](HeaderText which, const auto& make) {
    if (parts_.Has(which)) {
      AppendText(make());
    }
  };
  // In the order of the enum.
  add(HeaderText::kSubject, [&] { return mail::FoldCase(subject); });
  add(HeaderText::kFrom, [&] { return SearchedAddresses(parsed.from()); });
  add(HeaderText::kTo, [&] { return SearchedAddresses(parsed.to()); });
  add(HeaderText::kCc, [&] { return SearchedAddresses(parsed.cc()); });
  add(HeaderText::kBcc, [&] { return SearchedAddresses(parsed.bcc()); });
  add(HeaderText::kMessageId, [&] { return Fold(parsed.message_id()); });
  add(HeaderText::kInReplyTo, [&] { return Fold(parsed.in_reply_to()); });
  add(HeaderText::kBaseSubject, [&] { return mail::FoldCase(base.text); });
  add(HeaderText::kSortFrom, [&] { return SortedAddress(parsed.from()); });
  add(HeaderText::kSortTo, [&] { return SortedAddress(parsed.to()); });
  add(HeaderText::kSortCc, [&] { return SortedAddress(parsed.cc()); });
  add(HeaderText::kDisplayFrom, [&] { return DisplayedAddress(parsed.from()); });
  add(HeaderText::kDisplayTo, [&] { return DisplayedAddress(parsed.to()); });
  if (parts_.thread_ids()) {
    const std::vector<uint64_t> ids = UnpackThreadIds(
        parsed.has_thread_ids() ? absl::string_view(parsed.thread_ids()) : thread_ids);
    thread_ids_.insert(thread_ids_.end(), ids.begin(), ids.end());
  }
  thread_ends_.push_back(static_cast<uint32_t>(thread_ids_.size()));
}

size_t HeaderBlock::LowerBound(uint32_t uid) const {
  return static_cast<size_t>(std::lower_bound(uids_.begin(), uids_.end(), uid) - uids_.begin());
}

size_t HeaderBlock::Bytes() const {
  return sizeof(*this) + text_.capacity() + uids_.capacity() * sizeof(uids_[0]) +
         bits_.capacity() * sizeof(bits_[0]) + sent_.capacity() * sizeof(sent_[0]) +
         sent_day_.capacity() * sizeof(sent_day_[0]) + ends_.capacity() * sizeof(ends_[0]) +
         thread_ids_.capacity() * sizeof(thread_ids_[0]) +
         thread_ends_.capacity() * sizeof(thread_ends_[0]);
}

void HeaderColumns::Append(std::vector<std::shared_ptr<HeaderBlock>> blocks) {
  for (std::shared_ptr<HeaderBlock>& block : blocks) {
    if (block->size() > 0) {
      blocks_.push_back(std::move(block));
    }
  }
}

std::shared_ptr<HeaderBlock> HeaderColumns::TakeShortBlock() {
  if (blocks_.empty() || blocks_.back()->size() >= HeaderBlock::kFull) {
    return std::make_shared<HeaderBlock>();
  }
  auto copy = std::make_shared<HeaderBlock>(*blocks_.back());
  blocks_.pop_back();
  return copy;
}

HeaderRow HeaderColumns::Find(uint32_t uid) const {
  const auto behind =
      std::upper_bound(blocks_.begin(), blocks_.end(), uid,
                       [](uint32_t u, const auto& block) { return u < block->uid(0); });
  if (behind == blocks_.begin()) {
    return {};
  }
  const HeaderBlock* block = std::prev(behind)->get();
  const size_t i = block->LowerBound(uid);
  return i < block->size() && block->uid(i) == uid ? HeaderRow{block, i} : HeaderRow{};
}

size_t HeaderColumns::Bytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& block : blocks_) {
    bytes += block->Bytes();
  }
  return bytes;
}

}  // namespace posthorn::store
