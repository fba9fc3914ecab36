// RFC 5256 3: the order of SORT.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "mailstore/cache/header_columns.h"
#include "mailstore/storage/message_row.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

// A message that was found. `header` lives in the columns, null only where no criterion needs it.
struct FoundMessage {
  MessageRow row;
  HeaderRow header;
  int relevancy = 100;
};

using SortKeys = google::protobuf::RepeatedPtrField<v1::SortKey>;

// InvalidArgument for more than 20 criteria or an unknown one.
absl::Status CheckSort(const SortKeys& keys);
// What the criteria look at of headers; nothing if at none.
std::optional<HeaderParts> HeadersFor(const SortKeys& keys);

// Sorts messages that ascend by UID; those that are equal stay so.
void SortMessages(const SortKeys& keys, std::vector<FoundMessage>* messages);

// The Date field as UTC, the time of arrival where there is none (RFC 5256 2.2).
int64_t SentTime(const FoundMessage& message);

}  // namespace posthorn::store
