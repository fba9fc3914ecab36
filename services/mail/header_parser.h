// From header blocks to the fields of a Part and an Envelope, within the limits of a scan.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "mail/message_structure.h"
#include "mail/mime_scanner.h"

namespace posthorn::mail {

// What one scan may still retain in strings, so that a message of nothing but small parameters and
// addresses does not become many times its size in memory.
class RetainBudget {
 public:
  explicit RetainBudget(size_t octets) : left_(octets) {}
  // Whether this much more may be kept. Once refused, nothing more is.
  bool Take(size_t octets) {
    spent_ = spent_ || octets > left_;
    left_ -= spent_ ? 0 : octets;
    return !spent_;
  }
  bool spent() const { return spent_; }

 private:
  size_t left_;
  bool spent_ = false;
};

// What a header says beyond the part itself. Filled for the message and embedded messages only.
struct MessageFields {
  Envelope envelope;
  std::optional<Date> date;
  std::vector<std::string> references;
};

// How the part's Content-Type came about.
enum class ContentTypeSource : uint8_t { kAbsent, kInvalid, kGiven };

// Parses one block into the Content-* fields of *part, and into *message unless that is nullptr.
// Without a usable Content-Type the part stays text/plain; charset=us-ascii (RFC 2045 5.2).
// `boundary` receives the boundary parameter (see FindBoundary).
ContentTypeSource ParseHeader(absl::string_view block, const ScanLimits& limits,
                              RetainBudget* budget, Part* part, std::string* boundary,
                              MessageFields* message);

}  // namespace posthorn::mail
