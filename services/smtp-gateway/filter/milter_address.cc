#include "smtp-gateway/filter/milter_address.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/net/address.h"

namespace posthorn::filter {
namespace {

absl::StatusOr<MilterAddress> ParseMilter(absl::string_view text) {
  MilterAddress address;
  address.name = std::string(text);
  const absl::Status malformed =
      absl::InvalidArgumentError("inet:host:port or unix:/path is needed for each");
  if (absl::ConsumePrefix(&text, "unix:") || absl::ConsumePrefix(&text, "local:")) {
    address.path = std::string(text);
    return absl::StartsWith(text, "/") ? absl::StatusOr<MilterAddress>(address) : malformed;
  }
  if (!absl::ConsumePrefix(&text, "inet:") && !absl::ConsumePrefix(&text, "inet6:")) {
    return malformed;
  }
  if (const size_t at = text.find('@'); at != absl::string_view::npos) {
    address.port = std::string(text.substr(0, at));
    address.host = std::string(text.substr(at + 1));
  } else if (auto parts = net::SplitHostPort(text); parts.ok()) {
    address.host = parts->first;
    address.port = parts->second;
  }
  return address.host.empty() || address.port.empty() ? absl::StatusOr<MilterAddress>(malformed)
                                                      : address;
}

}  // namespace

absl::StatusOr<std::vector<MilterAddress>> ParseMilters(absl::string_view text) {
  std::vector<MilterAddress> addresses;
  for (const absl::string_view each : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    absl::StatusOr<MilterAddress> address = ParseMilter(absl::StripAsciiWhitespace(each));
    if (!address.ok()) {
      return address.status();
    }
    addresses.push_back(*std::move(address));
  }
  return addresses;
}

}  // namespace posthorn::filter
