#include "absl/strings/str_cat.h"
#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {
namespace {

constexpr uint32_t kPerPage = 1'000;

std::string StateOf(const v1::Site& site) {
  if (site.suspended()) {
    return "suspended";
  }
  return site.dead_for_seconds() > 0 ? absl::StrCat("dead for ", site.dead_for_seconds(), " s")
                                     : "open";
}

absl::StatusOr<std::string> ChangeSite(Invocation& invocation, bool suspend) {
  v1::ChangeSiteRequest request;
  request.set_site(invocation.arguments[0]);
  request.set_suspend(suspend);
  v1::ChangeSiteResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ChangeSite(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat("site ", request.site(), suspend ? " suspended\n" : " resumed\n");
}

}  // namespace

absl::StatusOr<std::string> ListSites(Invocation& invocation) {
  v1::ListSitesRequest request;
  request.set_limit(kPerPage);
  Table table{{"site", "recipients", "connections", "window", "state", "diagnostic"}, {}};
  v1::ListSitesResponse response;
  do {
    const absl::Status status = invocation.mailstore.CallQueue(
        [&](auto& queue, auto* context) { return queue.ListSites(context, request, &response); });
    if (!status.ok()) {
      return status;
    }
    for (const v1::Site& site : response.sites()) {
      table.rows.push_back({site.site(), uint64_t{site.recipients()}, uint64_t{site.connections()},
                            uint64_t{site.window()}, StateOf(site), site.diagnostic()});
      request.set_after(site.site());
    }
  } while (response.sites_size() == static_cast<int>(kPerPage));
  return invocation.line.json ? table.ToJson() : table.ToText();
}

absl::StatusOr<std::string> SuspendSite(Invocation& invocation) {
  return ChangeSite(invocation, true);
}

absl::StatusOr<std::string> ResumeSite(Invocation& invocation) {
  return ChangeSite(invocation, false);
}

}  // namespace posthorn::mailctl
