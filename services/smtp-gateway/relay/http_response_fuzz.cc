// Responses of web servers, whole and cut.
#include <cstdint>
#include <cstdlib>

#include "smtp-gateway/relay/http_response.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLimit = 100;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  for (const bool ended : {false, true}) {
    const auto response = posthorn::relay::ParseHttpResponse(input, ended, kLimit);
    const bool complete = response.ok() && response->has_value();
    if (complete && (*response)->body.size() > kLimit) {
      std::abort();
    }
    // At the end there is a response or there is none.
    if (ended && response.ok() && !complete) {
      std::abort();
    }
  }
  return 0;
}
