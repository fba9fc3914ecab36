// MTA-STS: the record in the DNS and the policy (RFC 8461 3). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::relay {

struct StsPolicyText {
  enum class Mode { kNone, kTesting, kEnforce };
  Mode mode = Mode::kNone;
  std::vector<std::string> mx;  // lower case; "*.example.org" for one label more
  uint32_t max_age_seconds = 0;

  // RFC 8461 4.1. `host`: lower case A-labels.
  bool Matches(absl::string_view host) const;
};

// The id of the one record among the TXT records of _mta-sts.DOMAIN; nothing if there is none, or
// more than one (RFC 8461 3.1).
std::optional<std::string> StsRecordId(const std::vector<std::string>& texts);

// RFC 8461 3.2. Unknown fields are skipped; of a field that comes twice the first one counts,
// but for mx.
absl::StatusOr<StsPolicyText> ParseStsPolicy(absl::string_view text);

}  // namespace posthorn::relay
