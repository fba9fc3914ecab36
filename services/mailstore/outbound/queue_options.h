// Settings of the outbound queue.
#pragma once

#include <cstdint>
#include <string>

namespace posthorn::store {

struct QueueOptions {
  std::string hostname = "localhost";        // ours, in notifications
  int64_t lifetime_seconds = 5 * 86'400;     // a message is returned after it
  int64_t delay_notice_seconds = 4 * 3'600;  // its sender is told of a delay after it; 0: never
  double retry_scale = 1;                    // of the times between attempts
  int32_t site_connections = 20;             // to one site, from all workers
  bool tls_reports = true;                   // domains that want reports get them (RFC 8460)
  int32_t sending_limit = 0;                 // recipients a day of a submitter; 0: any number
};

}  // namespace posthorn::store
