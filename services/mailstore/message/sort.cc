#include "mailstore/message/sort.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"

namespace posthorn::store {
namespace {

constexpr int kMaxKeys = 20;

HeaderText TextOf(v1::SortKey::Field field) {
  switch (field) {
    case v1::SortKey::FIELD_CC:
      return HeaderText::kSortCc;
    case v1::SortKey::FIELD_FROM:
      return HeaderText::kSortFrom;
    case v1::SortKey::FIELD_TO:
      return HeaderText::kSortTo;
    case v1::SortKey::FIELD_DISPLAY_FROM:
      return HeaderText::kDisplayFrom;
    case v1::SortKey::FIELD_DISPLAY_TO:
      return HeaderText::kDisplayTo;
    default:
      return HeaderText::kBaseSubject;
  }
}

bool IsNumber(v1::SortKey::Field field) {
  return field == v1::SortKey::FIELD_ARRIVAL || field == v1::SortKey::FIELD_DATE ||
         field == v1::SortKey::FIELD_SIZE || field == v1::SortKey::FIELD_RELEVANCY;
}

int64_t NumberOf(v1::SortKey::Field field, const FoundMessage& message) {
  switch (field) {
    case v1::SortKey::FIELD_ARRIVAL:
      return message.row.internal_date;
    case v1::SortKey::FIELD_SIZE:
      return message.row.size;
    case v1::SortKey::FIELD_RELEVANCY:
      return -message.relevancy;
    default:
      return SentTime(message);
  }
}

int Compare(const v1::SortKey& key, const FoundMessage& a, const FoundMessage& b) {
  int order = 0;
  if (IsNumber(key.field())) {
    const int64_t x = NumberOf(key.field(), a);
    const int64_t y = NumberOf(key.field(), b);
    order = x < y ? -1 : x > y ? 1 : 0;
  } else {
    const HeaderText text = TextOf(key.field());
    order = a.header.block->Text(a.header.i, text).compare(b.header.block->Text(b.header.i, text));
  }
  return key.reverse() ? -order : order;
}

// What orders by the first criterion nearly always: a number, or the text's first octets.
uint64_t Prefix(const v1::SortKey& key, const FoundMessage& message) {
  uint64_t prefix = 0;
  if (IsNumber(key.field())) {
    prefix = static_cast<uint64_t>(NumberOf(key.field(), message)) ^ (uint64_t{1} << 63);
  } else {
    const absl::string_view text =
        message.header.block->Text(message.header.i, TextOf(key.field()));
    for (size_t i = 0; i < sizeof(prefix); ++i) {
      prefix = prefix << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
    }
  }
  return key.reverse() ? ~prefix : prefix;
}

}  // namespace

absl::Status CheckSort(const SortKeys& keys) {
  const bool known = std::all_of(keys.begin(), keys.end(), [](const v1::SortKey& key) {
    return v1::SortKey::Field_IsValid(key.field());
  });
  return known && keys.size() <= kMaxKeys ? absl::OkStatus()
                                          : absl::InvalidArgumentError("sort: unknown criterion");
}

std::optional<HeaderParts> HeadersFor(const SortKeys& keys) {
  HeaderParts parts = HeaderParts::Of({}, /*thread_ids=*/false);
  bool needed = false;
  for (const v1::SortKey& key : keys) {
    if (!IsNumber(key.field())) {
      parts.Add(TextOf(key.field()));
      needed = true;
    }
    needed = needed || key.field() == v1::SortKey::FIELD_DATE;
  }
  return needed ? std::optional(parts) : std::nullopt;
}

int64_t SentTime(const FoundMessage& message) {
  return message.header.block->Sent(message.header.i).value_or(message.row.internal_date);
}

void SortMessages(const SortKeys& keys, std::vector<FoundMessage>* messages) {
  if (keys.empty()) {
    return;
  }
  std::vector<std::pair<uint64_t, uint32_t>> order;
  order.reserve(messages->size());
  for (size_t i = 0; i < messages->size(); ++i) {
    order.emplace_back(Prefix(keys[0], (*messages)[i]), static_cast<uint32_t>(i));
  }
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) {
      return a.first < b.first;
    }
    for (const v1::SortKey& key : keys) {
      if (const int sign = Compare(key, (*messages)[a.second], (*messages)[b.second]); sign != 0) {
        return sign < 0;
      }
    }
    return a.second < b.second;
  });
  std::vector<FoundMessage> sorted;
  sorted.reserve(messages->size());
  for (const auto& [prefix, i] : order) {
    sorted.push_back((*messages)[i]);
  }
  *messages = std::move(sorted);
}

}  // namespace posthorn::store
