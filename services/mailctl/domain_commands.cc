#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> AddDomain(Invocation& invocation) {
  v1::AddDomainRequest request;
  v1::AddDomainResponse response;
  request.set_domain(invocation.arguments[0]);
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.AddDomain(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return "domain " + request.domain() + " added\n";
}

absl::StatusOr<std::string> ListDomains(Invocation& invocation) {
  const v1::ListDomainsRequest request;
  v1::ListDomainsResponse response;
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.ListDomains(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  Table table{{"domain"}, {}};
  for (const std::string& domain : response.domains()) {
    table.rows.push_back({domain});
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

absl::StatusOr<std::string> RemoveDomain(Invocation& invocation) {
  v1::RemoveDomainRequest request;
  v1::RemoveDomainResponse response;
  request.set_domain(invocation.arguments[0]);
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.RemoveDomain(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return "domain " + request.domain() + " removed\n";
}

}  // namespace posthorn::mailctl
