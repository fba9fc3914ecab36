#include "mail/date.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "mail/lexer.h"

namespace posthorn::mail {
namespace {

constexpr std::array<absl::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<absl::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
constexpr size_t kMaxDateText = 1000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int kMinYear = 1900;
constexpr int kMaxYear = 9999;

// Days since 1970-01-01 in the proleptic Gregorian calendar (years from 1900).
int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

int64_t LastSecond() { return DaysFromCivil(kMaxYear + 1, 1, 1) * kSecondsPerDay - 1; }

struct CivilDay {
  int year = 0;
  int month = 0;
  int day = 0;
};

CivilDay CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = days / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  CivilDay civil;
  civil.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  civil.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  civil.year = static_cast<int>(year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0));
  return civil;
}

int DaysInMonth(int year, int month) {
  if (month == 2) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return leap ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// The number at the start of *text, which loses its digits; -1 without any, and more than 9 digits
// are no number either.
int TakeNumber(absl::string_view* text) {
  int value = 0;
  size_t digits = 0;
  while (digits < text->size() && absl::ascii_isdigit((*text)[digits])) {
    if (digits == 9) {
      return -1;
    }
    value = value * 10 + ((*text)[digits++] - '0');
  }
  text->remove_prefix(digits);
  return digits == 0 ? -1 : value;
}

int MonthOf(absl::string_view word) {
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (absl::StartsWithIgnoreCase(word, kMonths[i])) {
      return static_cast<int>(i) + 1;
    }
  }
  return 0;
}

// RFC 5322 4.3: the named zones; military and unknown ones carry no information and count as UTC.
int NamedZone(absl::string_view word) {
  struct Zone {
    absl::string_view name;
    int hours;
  };
  constexpr std::array<Zone, 8> kZones = {{{"EST", -5},
                                           {"EDT", -4},
                                           {"CST", -6},
                                           {"CDT", -5},
                                           {"MST", -7},
                                           {"MDT", -6},
                                           {"PST", -8},
                                           {"PDT", -7}}};
  for (const Zone& zone : kZones) {
    if (absl::EqualsIgnoreCase(word, zone.name)) {
      return zone.hours * 60;
    }
  }
  return 0;
}

// "+hhmm"; also "+hh" and "+hh:mm".
int NumericZone(absl::string_view text) {
  const bool west = text.front() == '-';
  text.remove_prefix(1);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  int hours = TakeNumber(&text);
  int minutes = 0;
  if (!text.empty() && text.front() == ':') {
    text.remove_prefix(1);
    minutes = TakeNumber(&text);
  } else if (digits > 2) {
    minutes = hours % 100;
    hours /= 100;
  }
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
    return 0;
  }
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

// Collects the pieces of a date by what they look like, which takes any sane order of them.
class DateParser {
 public:
  std::optional<Date> Parse(absl::string_view text) {
    Lexer lexer(text.substr(0, kMaxDateText));
    while (true) {
      lexer.SkipCfws();
      if (lexer.AtEnd()) {
        break;
      }
      if (!lexer.Consume(',')) {
        const absl::string_view word =
            lexer.TakeWhile([](char c) { return !IsHeaderSpace(c) && c != ',' && c != '('; });
        Take(word);
      }
    }
    return Result();
  }

 private:
  void Take(absl::string_view word) {
    const char c = word.front();
    if ((c == '+' || c == '-') && word.size() > 1 && absl::ascii_isdigit(word[1])) {
      zone_ = NumericZone(word);
    } else if (absl::ascii_isdigit(c)) {
      TakeDigits(word);
    } else if (month_ == 0 && MonthOf(word) != 0) {
      month_ = MonthOf(word);
    } else if (hour_ >= 0) {
      // A weekday stands before the time, a zone after it. "(PST)" is a comment and "-0800 PST"
      // has its zone already.
      if (!zone_.has_value()) {
        zone_ = NamedZone(word);
      }
    }
  }

  void TakeDigits(absl::string_view word) {
    const absl::string_view whole = word;
    const int number = TakeNumber(&word);
    if (!word.empty() && word.front() == ':' && hour_ < 0) {
      TakeTime(number, word);
      return;
    }
    const size_t digits = whole.size() - word.size();
    if (number < 0) {
      bad_ = true;
    } else if (day_ < 0 && digits <= 2) {
      day_ = number;
    } else if (year_ < 0) {
      // RFC 5322 4.3: two digits are 1950 to 2049, three count from 1900.
      year_ = number + (digits == 2 ? (number < 50 ? 2000 : 1900) : digits == 3 ? 1900 : 0);
    }
    // "21-Nov-1997", as IMAP and older mail have it.
    if (word.size() > 1 && word.front() == '-') {
      word.remove_prefix(1);
      const size_t dash = word.find('-');
      if (dash != absl::string_view::npos && MonthOf(word) != 0) {
        month_ = MonthOf(word);
        absl::string_view rest = word.substr(dash + 1);
        if (!rest.empty() && absl::ascii_isdigit(rest.front())) {
          TakeDigits(rest);
        }
      }
    }
  }

  void TakeTime(int hour, absl::string_view rest) {
    hour_ = hour;
    rest.remove_prefix(1);
    minute_ = TakeNumber(&rest);
    if (!rest.empty() && rest.front() == ':') {
      rest.remove_prefix(1);
      second_ = TakeNumber(&rest);
    }
    if (rest.size() > 1 && (rest.front() == '+' || rest.front() == '-') &&
        absl::ascii_isdigit(rest[1])) {
      zone_ = NumericZone(rest);
    }
  }

  std::optional<Date> Result() const {
    if (bad_ || month_ == 0 || year_ < kMinYear || year_ > kMaxYear || day_ < 1 ||
        day_ > DaysInMonth(year_, month_)) {
      return std::nullopt;
    }
    const int hour = std::max(hour_, 0);
    // RFC 5322 3.3: second 60 is a leap second.
    if (hour > 23 || minute_ < 0 || minute_ > 59 || second_ < 0 || second_ > 60) {
      return std::nullopt;
    }
    const int64_t clock = DaysFromCivil(year_, month_, day_) * kSecondsPerDay +
                          int64_t{hour} * 3600 + int64_t{minute_} * 60 + second_;
    Date date;
    date.zone_minutes = zone_.value_or(0);
    // The leap second that would end the last year has no second after it.
    date.unix_seconds = std::min(clock, LastSecond()) - int64_t{date.zone_minutes} * 60;
    return date;
  }

  int day_ = -1;
  int month_ = 0;
  int year_ = -1;
  int hour_ = -1;
  int minute_ = 0;
  int second_ = 0;
  std::optional<int> zone_;
  bool bad_ = false;
};

}  // namespace

std::optional<Date> ParseDate(absl::string_view text) { return DateParser().Parse(text); }

std::string FormatDate(const Date& date) {
  const int zone = std::clamp(date.zone_minutes, -1439, 1439);
  const int64_t first = DaysFromCivil(kMinYear, 1, 1) * kSecondsPerDay;
  const int64_t last = LastSecond();
  // The years are those of the clock in the zone, which may be a day off from UTC.
  const int64_t clock =
      std::clamp(date.unix_seconds, first - kSecondsPerDay, last + kSecondsPerDay) +
      int64_t{zone} * 60;
  const int64_t written = std::clamp(clock, first, last);
  // Rounded towards the past, also before 1970.
  const int64_t days =
      written >= 0 ? written / kSecondsPerDay : -((-written + kSecondsPerDay - 1) / kSecondsPerDay);
  const int64_t second_of_day = written - days * kSecondsPerDay;
  const CivilDay civil = CivilFromDays(days);
  const int64_t weekday = ((days + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  return absl::StrFormat("%s, %d %s %04d %02d:%02d:%02d %c%02d%02d",
                         kWeekdays[static_cast<size_t>(weekday)], civil.day,
                         kMonths[static_cast<size_t>(civil.month - 1)], civil.year,
                         second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60,
                         zone < 0 ? '-' : '+', std::abs(zone) / 60, std::abs(zone) % 60);
}

}  // namespace posthorn::mail
