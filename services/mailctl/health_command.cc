#include "absl/strings/str_cat.h"
#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> Health(Invocation& invocation) {
  const absl::StatusOr<bool> serving = invocation.mailstore.IsServing();
  if (!serving.ok()) {
    return serving.status();
  }
  if (!*serving) {
    return absl::FailedPreconditionError(
        absl::StrCat("mailstore at ", invocation.line.mailstore, " is not serving"));
  }
  const Table table{{"mailstore", "state"}, {{invocation.line.mailstore, std::string("serving")}}};
  return invocation.line.json ? table.ToJson() : table.ToText();
}

}  // namespace posthorn::mailctl
