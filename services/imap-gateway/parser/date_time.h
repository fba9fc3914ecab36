#pragma once

#include <cstdint>
#include <string>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// A calendar day, as SEARCH uses it.
struct Date {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31, one that the month has
  bool operator==(const Date&) const = default;
};

// A moment with the zone it was written in.
struct DateTime {
  std::int64_t unix_seconds = 0;
  int zone_minutes = 0;  // east of UTC, -1439..1439
  bool operator==(const DateTime&) const = default;
};

// RFC 3501 9: date, with or without quotes: 1-Feb-1994.
Date ParseDate(Scanner& scanner);
// RFC 3501 9: date-time, quoted: " 1-Feb-1994 21:52:25 -0800".
DateTime ParseDateTime(Scanner& scanner);
// The same form, with the quotes.
std::string FormatDateTime(const DateTime& when);
// Days since 1970-01-01.
std::int64_t DaysSinceEpoch(const Date& date);

}  // namespace posthorn::imap
