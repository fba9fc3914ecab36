#include "imap-gateway/parser/date_time.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

constexpr absl::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Exactly `count` digits.
int Digits(Scanner& scanner, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const char c = scanner.Peek();
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      scanner.Fail("Invalid date");
      return 0;
    }
    scanner.Skip(c);
    value = value * 10 + (c - '0');
  }
  return value;
}

int Month(Scanner& scanner) {
  for (int i = 0; i < 12; ++i) {
    if (absl::StartsWithIgnoreCase(scanner.rest(), kMonths[i])) {
      for (const char c : scanner.rest().substr(0, 3)) {
        scanner.Skip(c);
      }
      return i + 1;
    }
  }
  scanner.Fail("Invalid month");
  return 1;
}

// Exactly `count` digits, with leading zeros.
void PutDigits(unsigned value, int count, char* at) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

std::chrono::year_month_day Calendar(const Date& date) {
  return std::chrono::year_month_day(std::chrono::year(date.year),
                                     std::chrono::month(static_cast<unsigned>(date.month)),
                                     std::chrono::day(static_cast<unsigned>(date.day)));
}

Date DayMonthYear(Scanner& scanner, int day) {
  Date date;
  date.day = day;
  scanner.Skip('-');
  date.month = Month(scanner);
  scanner.Skip('-');
  date.year = Digits(scanner, 4);
  if (scanner.ok() && !Calendar(date).ok()) {
    scanner.Fail("No such day");
  }
  return scanner.ok() ? date : Date();
}

int Zone(Scanner& scanner) {
  const bool west = scanner.TrySkip('-');
  if (!west) {
    scanner.Skip('+');
  }
  const int hours = Digits(scanner, 2);
  const int minutes = Digits(scanner, 2);
  if (hours > 23 || minutes > 59) {
    scanner.Fail("Invalid zone");
    return 0;
  }
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::int64_t DaysSinceEpoch(const Date& date) {
  return std::chrono::sys_days(Calendar(date)).time_since_epoch().count();
}

Date ParseDate(Scanner& scanner) {
  const bool quoted = scanner.TrySkip('"');
  int day = Digits(scanner, 1);
  if (scanner.Peek() != '-') {
    day = day * 10 + Digits(scanner, 1);
  }
  const Date date = DayMonthYear(scanner, day);
  if (quoted) {
    scanner.Skip('"');
  }
  return date;
}

DateTime ParseDateTime(Scanner& scanner) {
  scanner.Skip('"');
  // RFC 3501 9: date-day-fixed = (SP DIGIT) / 2DIGIT; a single digit alone is common too.
  int day = 0;
  if (scanner.TrySkip(' ')) {
    day = Digits(scanner, 1);
  } else {
    day = Digits(scanner, 1);
    if (scanner.Peek() != '-') {
      day = day * 10 + Digits(scanner, 1);
    }
  }
  const Date date = DayMonthYear(scanner, day);
  scanner.Space();
  const int hour = Digits(scanner, 2);
  scanner.Skip(':');
  const int minute = Digits(scanner, 2);
  scanner.Skip(':');
  const int second = Digits(scanner, 2);
  scanner.Space();
  const int zone = Zone(scanner);
  scanner.Skip('"');
  if (hour > 23 || minute > 59 || second > 60) {
    scanner.Fail("Invalid time");
  }
  if (!scanner.ok()) {
    return {};
  }
  const std::int64_t local =
      DaysSinceEpoch(date) * 86400 + hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
  return {local - zone * 60, zone};
}

std::string FormatDateTime(const DateTime& when) {
  const std::chrono::sys_seconds local(
      std::chrono::seconds(when.unix_seconds + when.zone_minutes * 60));
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss time(local - midnight);
  const auto of_month = static_cast<unsigned>(day.day());
  // A moment west of UTC at the end of 9999 is past it there.
  const auto year = static_cast<unsigned>(std::clamp(static_cast<int>(day.year()), 0, 9999));
  const auto zone = static_cast<unsigned>(std::abs(when.zone_minutes));
  // By hand: every message of a listing has one.
  std::string out = "\"DD-Mon-YYYY HH:MM:SS +ZZZZ\"";
  PutDigits(of_month, 2, &out[1]);
  if (of_month < 10) {
    out[1] = ' ';
  }
  out.replace(4, 3, kMonths[static_cast<unsigned>(day.month()) - 1].data(), 3);
  PutDigits(year, 4, &out[8]);
  PutDigits(static_cast<unsigned>(time.hours().count()), 2, &out[13]);
  PutDigits(static_cast<unsigned>(time.minutes().count()), 2, &out[16]);
  PutDigits(static_cast<unsigned>(time.seconds().count()), 2, &out[19]);
  out[22] = when.zone_minutes < 0 ? '-' : '+';
  PutDigits(zone / 60 * 100 + zone % 60, 4, &out[23]);
  return out;
}

}  // namespace posthorn::imap
