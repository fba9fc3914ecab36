#include "smtp-gateway/relay/sts_policy.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace posthorn::relay {
namespace {

constexpr uint32_t kMaxAge = 31'557'600;  // RFC 8461 3.2: a year
constexpr size_t kMaxId = 32;
constexpr size_t kMaxHosts = 200;

bool IsId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxId && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

std::optional<StsPolicyText::Mode> ModeOf(absl::string_view value) {
  if (value == "enforce") {
    return StsPolicyText::Mode::kEnforce;
  }
  if (value == "testing") {
    return StsPolicyText::Mode::kTesting;
  }
  return value == "none" ? std::optional(StsPolicyText::Mode::kNone) : std::nullopt;
}

// What a policy says, field by field.
struct Fields {
  bool version = false;
  std::optional<absl::string_view> mode;
  std::optional<absl::string_view> max_age;
  std::vector<std::string> mx;
};

void AddField(absl::string_view key, absl::string_view value, Fields& fields) {
  if (key == "version") {
    fields.version = fields.version || value == "STSv1";
  } else if (key == "mode" && !fields.mode.has_value()) {
    fields.mode = value;
  } else if (key == "max_age" && !fields.max_age.has_value()) {
    fields.max_age = value;
  } else if (key == "mx" && fields.mx.size() < kMaxHosts) {
    fields.mx.push_back(absl::AsciiStrToLower(absl::StripSuffix(value, ".")));
  }
}

}  // namespace

bool StsPolicyText::Matches(absl::string_view host) const {
  return std::any_of(mx.begin(), mx.end(), [host](absl::string_view pattern) {
    if (!absl::ConsumePrefix(&pattern, "*.")) {
      return pattern == host;
    }
    const size_t dot = host.find('.');
    return dot != absl::string_view::npos && dot > 0 && host.substr(dot + 1) == pattern;
  });
}

std::optional<std::string> StsRecordId(const std::vector<std::string>& texts) {
  std::optional<std::string> id;
  for (const absl::string_view text : texts) {
    const std::vector<absl::string_view> fields = absl::StrSplit(text, ';');
    if (absl::StripAsciiWhitespace(fields.front()) != "v=STSv1") {
      continue;
    }
    if (id.has_value()) {
      return std::nullopt;
    }
    id = "";
    for (const absl::string_view field : fields) {
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(field, absl::MaxSplits('=', 1));
      const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
      if (absl::StripAsciiWhitespace(parts.first) == "id" && IsId(value)) {
        id = std::string(value);
      }
    }
  }
  return id.has_value() && !id->empty() ? id : std::nullopt;
}

absl::StatusOr<StsPolicyText> ParseStsPolicy(absl::string_view text) {
  Fields fields;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    AddField(absl::StripAsciiWhitespace(parts.first), absl::StripAsciiWhitespace(parts.second),
             fields);
  }
  StsPolicyText policy;
  const auto mode = fields.mode.has_value() ? ModeOf(*fields.mode) : std::nullopt;
  if (!fields.version || !mode.has_value()) {
    return absl::InvalidArgumentError("not a policy of MTA-STS");
  }
  policy.mode = *mode;
  if (!fields.max_age.has_value() || !absl::SimpleAtoi(*fields.max_age, &policy.max_age_seconds) ||
      policy.max_age_seconds > kMaxAge) {
    return absl::InvalidArgumentError("a policy of MTA-STS without its age");
  }
  policy.mx = std::move(fields.mx);
  if (policy.mode != StsPolicyText::Mode::kNone && policy.mx.empty()) {
    return absl::InvalidArgumentError("a policy of MTA-STS without hosts");
  }
  return policy;
}

}  // namespace posthorn::relay
