// The queue and its log as administrators see them. All functions block and are for Pool::Run; they
// throw what libpqxx throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Recipients that match, by their ids from after `after_recipient_id` on. Ids ascend with age, to
// within the hundred that a session draws ahead.
std::vector<v1::QueueEntry> ListQueue(Connection& connection, const v1::QueueFilter& filter,
                                      uint64_t after_recipient_id, int limit);

// How many recipients match, and in how many messages.
struct QueueTotals {
  uint64_t recipients = 0;
  uint64_t messages = 0;
};
QueueTotals CountQueue(Connection& connection, const v1::QueueFilter& filter);

// The envelope of a message that is in the queue.
std::optional<v1::OutboundEnvelope> LoadQueuedEnvelope(Connection& connection, uint64_t message_id);

// The message's lines, oldest first; at most `limit`, the latest.
std::vector<v1::LogEntry> LoadHistory(Connection& connection, uint64_t message_id, int limit);

// Newest first; `text` as SearchLogRequest has it. Reads all of the log unless it is an id.
std::vector<v1::LogEntry> SearchLog(Connection& connection, const std::string& text, int limit);

}  // namespace posthorn::store
