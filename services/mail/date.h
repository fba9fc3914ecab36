// RFC 5322 3.3 and 4.3: dates of header fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

struct Date {
  int64_t unix_seconds = 0;
  int32_t zone_minutes = 0;  // east of UTC; the written clock shows unix_seconds + 60*zone_minutes
  friend bool operator==(const Date&, const Date&) = default;
};

// Reads a date as mail has them: comments, missing weekday or seconds, two- and three-digit years,
// obsolete and unknown zones (taken as UTC, RFC 5322 4.3), dashes between day, month and year,
// asctime order. Years 1900 to 9999. Nothing if it is no date.
std::optional<Date> ParseDate(absl::string_view text);

// "Fri, 21 Nov 1997 09:55:06 -0600". Years 1900 to 9999 (others are clamped), zone within a day.
std::string FormatDate(const Date& date);

}  // namespace posthorn::mail
