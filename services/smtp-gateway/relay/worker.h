// What all workers of a process share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "smtp-gateway/relay/connector.h"
#include "smtp-gateway/relay/https.h"
#include "smtp-gateway/relay/idle_sessions.h"
#include "smtp-gateway/relay/work_source.h"

namespace posthorn::relay {

struct WorkerOptions {
  std::string worker_id;                  // 16 random octets, of this process
  uint32_t recipients = 100;              // of a claim
  uint64_t recipients_per_message = 100;  // of a transaction (RFC 5321 4.5.3.1.8)
  uint64_t messages_per_connection = 100;
  std::chrono::milliseconds claim_wait = std::chrono::seconds(25);
  std::chrono::milliseconds renew_every = std::chrono::seconds(20);  // at least
  // Results are written no later than so long after they are known, unless a message takes longer.
  std::chrono::milliseconds settle_every = std::chrono::seconds(1);
  std::chrono::milliseconds retry_after = std::chrono::milliseconds(500);
};

// HttpsPost, as the process does it: to the URL, of a content type, this body.
using Post = std::function<asio::awaitable<absl::StatusOr<HttpResponse>>(HttpsUrl, std::string,
                                                                         std::string)>;

// Lives as long as the process.
struct Workers {
  const WorkerOptions options;
  WorkSource& source;
  Connector& connector;
  IdleSessions& idle;
  const std::function<bool()> draining;
  const Post post;
};

struct WorkerContext;

// Claims and serves until a drain begins. Runs on the executor of the context.
asio::awaitable<void> ClaimLoop(const Workers& workers, WorkerContext& context);

}  // namespace posthorn::relay
