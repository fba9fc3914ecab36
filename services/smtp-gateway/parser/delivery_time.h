// When a message is to be delivered: BY (RFC 2852), HOLDFOR and HOLDUNTIL (RFC 4865).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace posthorn::smtp {

struct DeliverBy {
  int32_t seconds = 0;    // may be negative: the time is over
  bool returned = false;  // mode R: not delivered later; otherwise mode N
  bool trace = false;
};
// RFC 2852 4: by-time ";" by-mode [by-trace]. With mode R the time must be positive.
std::optional<DeliverBy> ParseDeliverBy(std::string_view value);

// Seconds: 1 to 999,999,999.
std::optional<uint32_t> ParseHoldFor(std::string_view value);

// A date-time of RFC 3339 5.6 with its zone, as Unix seconds; fractions are dropped.
std::optional<int64_t> ParseHoldUntil(std::string_view value);

}  // namespace posthorn::smtp
