#include "smtp-gateway/filter/dnsbl_zones.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace posthorn::filter {
namespace {

constexpr size_t kMaxZones = 20;
constexpr size_t kMaxZone = 150;  // an IPv6 address takes 64 octets of the 253 of a name
constexpr int kMaxWeight = 1'000;

bool IsZone(absl::string_view zone) {
  return !zone.empty() && zone.size() <= kMaxZone && zone.front() != '.' && zone.back() != '.' &&
         !absl::StrContains(zone, "..") && std::all_of(zone.begin(), zone.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

absl::StatusOr<DnsblZone> ParseZone(absl::string_view text) {
  const absl::Status malformed = absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\": zone, zone=127.0.0.2 or zone*2 is needed"));
  DnsblZone zone;
  if (const size_t star = text.find('*'); star != absl::string_view::npos) {
    if (!absl::SimpleAtoi(text.substr(star + 1), &zone.weight) || zone.weight < -kMaxWeight ||
        zone.weight > kMaxWeight) {
      return malformed;
    }
    text = text.substr(0, star);
  }
  if (const size_t equals = text.find('='); equals != absl::string_view::npos) {
    boost::system::error_code error;
    zone.answer = boost::asio::ip::make_address(std::string(text.substr(equals + 1)), error);
    if (error || !zone.answer->is_v4() || !zone.answer->is_loopback()) {
      return malformed;
    }
    text = text.substr(0, equals);
  }
  zone.zone = absl::AsciiStrToLower(text);
  return IsZone(zone.zone) ? absl::StatusOr<DnsblZone>(zone) : malformed;
}

}  // namespace

bool DnsblZone::Counts(const net::IpAddress& answered) const {
  if (answer) {
    return answered == *answer;
  }
  if (!answered.is_v4() || !answered.is_loopback()) {
    return false;  // a domain that has run out, whose names all lead to somebody's web site
  }
  const auto octets = answered.to_v4().to_bytes();
  return octets[1] != 255 || octets[2] != 255;
}

absl::StatusOr<std::vector<DnsblZone>> ParseDnsbl(absl::string_view text) {
  std::vector<DnsblZone> zones;
  for (const absl::string_view each : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    absl::StatusOr<DnsblZone> zone = ParseZone(absl::StripAsciiWhitespace(each));
    if (!zone.ok()) {
      return zone.status();
    }
    zones.push_back(*std::move(zone));
  }
  if (zones.size() > kMaxZones) {
    return absl::InvalidArgumentError("too many zones");
  }
  return zones;
}

std::string DnsblName(const net::IpAddress& address, absl::string_view zone) {
  const net::IpAddress plain = net::Unmapped(address);
  std::string name;
  if (plain.is_v4()) {
    const auto octets = plain.to_v4().to_bytes();
    for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
      absl::StrAppend(&name, static_cast<int>(*octet), ".");
    }
  } else {
    const auto octets = plain.to_v6().to_bytes();
    for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
      absl::StrAppend(&name, absl::Hex(*octet & 0xf), ".", absl::Hex(*octet >> 4), ".");
    }
  }
  return absl::StrCat(name, zone);
}

}  // namespace posthorn::filter
