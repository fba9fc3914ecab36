#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> ChangeCapabilities(Invocation& invocation) {
  const std::vector<std::string>& words = invocation.arguments;
  v1::ChangeHiddenCapabilitiesRequest request;
  v1::ChangeHiddenCapabilitiesResponse response;
  const bool list = words[0] == "list" && words.size() == 2;
  const bool hide = words[0] == "hide" && words.size() > 2;
  const bool show = words[0] == "show" && words.size() > 2;
  if (!list && !hide && !show) {
    return absl::InvalidArgumentError(
        "account capabilities takes list ADDRESS, or hide or show ADDRESS NAME...");
  }
  request.set_address(words[1]);
  auto& names = hide ? *request.mutable_hide() : *request.mutable_show();
  names.Add(words.begin() + 2, words.end());
  const absl::Status status = invocation.mailstore.Call([&](auto& admin, auto* context) {
    return admin.ChangeHiddenCapabilities(context, request, &response);
  });
  if (!status.ok()) {
    return status;
  }
  Table table{{"hidden"}, {}};
  for (const std::string& name : response.hidden()) {
    table.rows.push_back({name});
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

}  // namespace posthorn::mailctl
