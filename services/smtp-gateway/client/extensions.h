// What a server offers in its reply to EHLO or LHLO (RFC 5321 4.1.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/client/reply.h"

namespace posthorn::client {

struct Extensions {
  bool starttls = false;               // RFC 3207
  bool pipelining = false;             // RFC 2920
  bool eight_bit = false;              // RFC 6152
  bool smtputf8 = false;               // RFC 6531
  bool chunking = false;               // RFC 3030
  bool binarymime = false;             // RFC 3030; only with chunking
  bool dsn = false;                    // RFC 3461
  bool require_tls = false;            // RFC 8689
  bool mt_priority = false;            // RFC 6710
  std::optional<uint64_t> deliver_by;  // RFC 2852: least seconds, 0 if it says nothing
  // RFC 1870: `size` is offered; the limit is absent when it is none or not told.
  bool size = false;
  std::optional<uint64_t> size_limit;
  std::vector<std::string> auth;  // RFC 4954: mechanisms, upper case
  // RFC 9422: RCPTMAX of a transaction, RCPTDOMAINMAX and MAILMAX of a session.
  std::optional<uint64_t> most_recipients;
  std::optional<uint64_t> most_domains;
  std::optional<uint64_t> most_messages;
};

// Keywords and parameters that are unknown or malformed are as if they were absent.
Extensions ParseExtensions(const Reply& reply);

}  // namespace posthorn::client
