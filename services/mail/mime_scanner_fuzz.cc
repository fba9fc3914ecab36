// Any octets give a structure that keeps the rules, the same one however they are split.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "mail/mime_scanner.h"
#include "mail/structure_check.h"

using posthorn::mail::MessageStructure;
using posthorn::mail::MimeScanner;
using posthorn::mail::ScanLimits;

namespace {

// Limits small enough to be met, chosen by one octet.
ScanLimits LimitsOf(uint8_t choice) {
  ScanLimits limits;
  if ((choice & 1) != 0) {
    limits.max_depth = 1 + (choice >> 5);
  }
  if ((choice & 2) != 0) {
    limits.max_parts = 1 + (choice >> 4);
  }
  if ((choice & 4) != 0) {
    limits = {.max_depth = limits.max_depth,
              .max_parts = limits.max_parts,
              .max_header_bytes = choice,
              .max_fields = 4,
              .max_params = 2,
              .max_addresses = 2,
              .max_references = 1,
              .max_retained_bytes = 300};
  }
  return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  const ScanLimits limits = LimitsOf(data[0]);
  uint32_t random = data[1];
  const absl::string_view message(reinterpret_cast<const char*>(data) + 2, size - 2);
  const MessageStructure whole = posthorn::mail::ScanMessage(message, limits);
  const std::string error = CheckStructure(whole, message, limits);
  if (!error.empty()) {
    fprintf(stderr, "%s\n%s\n", error.c_str(), DumpStructure(whole).c_str());
    abort();
  }
  MimeScanner scanner(limits);
  absl::string_view rest = message;
  while (!rest.empty()) {
    random = random * 1'664'525 + 1'013'904'223;
    const size_t frame = 1 + (random >> 16) % ((random >> 8) % 4 == 0 ? 300 : 7);
    scanner.Feed(rest.substr(0, frame));
    rest = rest.size() > frame ? rest.substr(frame) : absl::string_view();
  }
  if (DumpStructure(scanner.Finish()) != DumpStructure(whole)) {
    fprintf(stderr, "the split matters\n");
    abort();
  }
  return 0;
}
