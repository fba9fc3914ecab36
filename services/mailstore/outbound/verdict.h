// What becomes of a recipient after an attempt. Pure: time and chance are parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mail/delivery_report.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/queue_options.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// A recipient under a lease, with what its message says of it.
struct Attempted {
  uint64_t recipient_id = 0;
  BlobKey message;
  int32_t attempts = 0;  // with this one
  uint32_t notify = 0;
  bool delay_told = false;
  std::string site;
  std::string forward_path;
  std::string original_recipient;
  int64_t created_at = 0;  // of the message; Unix seconds
  int64_t expires_at = 0;
  int64_t now = 0;  // the database's clock; Unix seconds
  std::string message_id_field;
  v1::OutboundEnvelope envelope;
};

struct Verdict {
  bool gone = false;  // it leaves the queue
  int64_t next_in_milliseconds = 0;
  bool attempt_counts = true;
  bool delay_told = false;
  std::string event;  // of the log; empty: nothing is logged
  std::string status_code;
  std::string diagnostic;
  // What its sender is told.
  std::optional<mail::ReportAction> report;
};

// `chance` is from 0 to 1: up to a fifth is added to the time until the next attempt.
Verdict Judge(const Attempted& attempted, const v1::AttemptResult& result,
              const QueueOptions& options, double chance);

// The result of no attempt: an administrator returns it to its sender.
v1::AttemptResult ReturnedByAdministrator(uint64_t recipient_id, uint64_t lease_epoch);

}  // namespace posthorn::store
