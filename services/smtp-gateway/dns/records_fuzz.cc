// RDATA and policies as strangers publish them.
#include <cstdint>
#include <cstdlib>

#include "smtp-gateway/dns/records.h"
#include "smtp-gateway/relay/sts_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto mx = posthorn::dns::ParseMx(input); mx.ok()) {
    for (const char c : mx->exchange) {
      if (c <= ' ' || c > '~') {
        std::abort();
      }
    }
  }
  const auto address = posthorn::dns::ParseAddress(input);
  if (address.ok() != (size == 4 || size == 16)) {
    std::abort();
  }
  if (const auto tlsa = posthorn::dns::ParseTlsa(input); tlsa.ok()) {
    posthorn::net::IsUsable(*tlsa);
  }
  if (const auto text = posthorn::dns::ParseText(input); text.ok()) {
    posthorn::relay::StsRecordId({*text});
  }
  if (const auto policy = posthorn::relay::ParseStsPolicy(input); policy.ok()) {
    policy->Matches("mx.example.org");
  }
  return 0;
}
