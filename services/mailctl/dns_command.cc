#include <vector>

#include "absl/strings/str_cat.h"
#include "mailctl/commands.h"
#include "mailctl/dns_zone.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> PrintDns(Invocation& invocation) {
  v1::ListDkimKeysRequest request;
  request.set_domain(invocation.arguments[0]);
  v1::ListDkimKeysResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ListDkimKeys(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  if (response.keys().empty()) {
    return absl::NotFoundError(absl::StrCat(
        request.domain(), " has no key that signs: mailctl dkim rotate ", request.domain()));
  }
  // As the store writes it: A-labels in lower case.
  const std::string& domain = response.keys(0).domain();
  const std::vector<v1::DkimKey> keys(response.keys().begin(), response.keys().end());
  return DnsZone(
      domain,
      invocation.line.hostname.empty() ? absl::StrCat("mail.", domain) : invocation.line.hostname,
      keys);
}

}  // namespace posthorn::mailctl
