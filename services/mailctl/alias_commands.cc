#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> AddAlias(Invocation& invocation) {
  v1::AddAliasRequest request;
  v1::AddAliasResponse response;
  request.mutable_alias()->set_address(invocation.arguments[0]);
  request.mutable_alias()->set_target(invocation.arguments[1]);
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.AddAlias(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return "alias " + invocation.arguments[0] + " to " + invocation.arguments[1] + " added\n";
}

absl::StatusOr<std::string> ListAliases(Invocation& invocation) {
  v1::ListAliasesRequest request;
  v1::ListAliasesResponse response;
  if (!invocation.arguments.empty()) {
    request.set_domain(invocation.arguments[0]);
  }
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.ListAliases(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  Table table{{"address", "target"}, {}};
  for (const v1::Alias& alias : response.aliases()) {
    table.rows.push_back({alias.address(), alias.target()});
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

absl::StatusOr<std::string> RemoveAlias(Invocation& invocation) {
  v1::RemoveAliasRequest request;
  v1::RemoveAliasResponse response;
  request.set_address(invocation.arguments[0]);
  if (invocation.arguments.size() > 1) {
    request.set_target(invocation.arguments[1]);
  }
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.RemoveAlias(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return "alias " + request.address() + " removed\n";
}

}  // namespace posthorn::mailctl
