#include "smtp-gateway/parser/delivery_time.h"

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "smtp-gateway/parser/command_line.h"

namespace posthorn::smtp {
namespace {

constexpr size_t kMaxDigits = 9;

// Takes min to max digits off the front.
std::optional<int32_t> TakeNumber(std::string_view* text, size_t min, size_t max) {
  size_t digits = 0;
  int32_t number = 0;
  while (digits < text->size() && digits < max && (*text)[digits] >= '0' &&
         (*text)[digits] <= '9') {
    number = number * 10 + ((*text)[digits] - '0');
    ++digits;
  }
  text->remove_prefix(digits);
  return digits >= min ? std::optional<int32_t>(number) : std::nullopt;
}

bool TakeChar(std::string_view* text, std::string_view allowed) {
  if (text->empty() || allowed.find(text->front()) == std::string_view::npos) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

// year "-" month "-" day "T" hour ":" minute ":" second
std::optional<absl::CivilSecond> TakeCivilTime(std::string_view* text) {
  constexpr std::string_view kSeparators[] = {"-", "-", "Tt", ":", ":"};
  int32_t parts[6];
  for (size_t i = 0; i < 6; ++i) {
    const size_t width = i == 0 ? 4 : 2;
    const auto part = TakeNumber(text, width, width);
    if (!part || (i < 5 && !TakeChar(text, kSeparators[i]))) {
      return std::nullopt;
    }
    parts[i] = *part;
  }
  // RFC 3339 5.7: a leap second is the last of its minute.
  parts[5] -= parts[5] == 60 ? 1 : 0;
  const absl::CivilSecond time(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
  // CivilSecond carries what is out of range over.
  const bool same = time.year() == parts[0] && time.month() == parts[1] && time.day() == parts[2] &&
                    time.hour() == parts[3] && time.minute() == parts[4] &&
                    time.second() == parts[5];
  return same ? std::optional<absl::CivilSecond>(time) : std::nullopt;
}

// "Z" or hours and minutes ahead of UTC, as seconds.
std::optional<int32_t> TakeZone(std::string_view* text) {
  if (TakeChar(text, "Zz")) {
    return 0;
  }
  const bool behind = text->starts_with('-');
  if (!TakeChar(text, "+-")) {
    return std::nullopt;
  }
  const auto hours = TakeNumber(text, 2, 2);
  if (!hours || *hours > 23 || !TakeChar(text, ":")) {
    return std::nullopt;
  }
  const auto minutes = TakeNumber(text, 2, 2);
  if (!minutes || *minutes > 59) {
    return std::nullopt;
  }
  const int32_t seconds = (*hours * 60 + *minutes) * 60;
  return behind ? -seconds : seconds;
}

}  // namespace

std::optional<DeliverBy> ParseDeliverBy(std::string_view value) {
  DeliverBy by;
  const bool negative = value.starts_with('-');
  TakeChar(&value, "+-");
  const auto seconds = TakeNumber(&value, 1, kMaxDigits);
  if (!seconds || !TakeChar(&value, ";")) {
    return std::nullopt;
  }
  by.seconds = negative ? -*seconds : *seconds;
  by.returned = !value.empty() && (value.front() == 'R' || value.front() == 'r');
  if (!TakeChar(&value, "NnRr")) {
    return std::nullopt;
  }
  by.trace = TakeChar(&value, "Tt");
  return value.empty() && (!by.returned || by.seconds > 0) ? std::optional<DeliverBy>(by)
                                                           : std::nullopt;
}

std::optional<uint32_t> ParseHoldFor(std::string_view value) {
  if (value.starts_with('0')) {
    return std::nullopt;
  }
  const auto seconds = TakeNumber(&value, 1, kMaxDigits);
  return seconds && value.empty() ? std::optional<uint32_t>(static_cast<uint32_t>(*seconds))
                                  : std::nullopt;
}

std::optional<int64_t> ParseHoldUntil(std::string_view value) {
  const auto time = TakeCivilTime(&value);
  if (!time) {
    return std::nullopt;
  }
  if (TakeChar(&value, ".") && !TakeNumber(&value, 1, kMaxDigits)) {
    return std::nullopt;
  }
  const auto zone = TakeZone(&value);
  if (!zone || !value.empty()) {
    return std::nullopt;
  }
  return absl::ToUnixSeconds(absl::FromCivil(*time, absl::UTCTimeZone())) - *zone;
}

}  // namespace posthorn::smtp
