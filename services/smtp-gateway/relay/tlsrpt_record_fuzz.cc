// Records that ask for reports: what comes of them are addresses or URLs, and few.
#include <cstdint>
#include <cstdlib>

#include "mail/mailbox_address.h"
#include "smtp-gateway/relay/https_url.h"
#include "smtp-gateway/relay/tlsrpt_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& each :
       {text, "v=TLSRPTv1;rua=mailto:" + text, "v=TLSRPTv1;rua=https:" + text}) {
    const auto addresses = posthorn::relay::TlsReportAddresses({each});
    if (addresses.size() > posthorn::relay::kMaxReportAddresses) {
      std::abort();
    }
    for (const std::string& address : addresses) {
      // Joined by spaces later.
      if (address.find(' ') != std::string::npos ||
          (!posthorn::mail::ParseMailboxAddress(address).ok() &&
           !posthorn::relay::ParseHttpsUrl(address).has_value())) {
        std::abort();
      }
    }
  }
  return 0;
}
