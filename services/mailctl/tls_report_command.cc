#include "absl/strings/str_cat.h"
#include "mailctl/commands.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> SendTlsReports(Invocation& invocation) {
  v1::SendTlsReportsRequest request;
  request.set_today(invocation.line.today);
  v1::SendTlsReportsResponse response;
  const absl::Status status = invocation.mailstore.CallQueue([&](auto& queue, auto* context) {
    return queue.SendTlsReports(context, request, &response);
  });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat("reports: ", response.reports(), "\n");
}

}  // namespace posthorn::mailctl
