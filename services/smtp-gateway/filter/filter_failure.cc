#include "smtp-gateway/filter/filter_failure.h"

#include "common/log/log.h"
#include "smtp-gateway/filter/refusal.h"

namespace posthorn::filter {

Verdict WithoutAnswer(const std::string& name, FailMode mode, const Client& client,
                      const absl::Status& failure, const FilterMetrics& metrics) {
  metrics.CountFailure(name);
  log::Warning("a filter does not answer", {{"filter", name},
                                            {"session", client.session_id},
                                            {"reason", std::string(failure.message())}});
  switch (mode) {
    case FailMode::kTempfail:
      return Refusal(Action::kTempfail, 451, "The message cannot be checked now, try again later");
    case FailMode::kReject:
      return Refusal(Action::kReject, 554, "The message cannot be checked");
    case FailMode::kAccept:
      break;
  }
  return Verdict();
}

}  // namespace posthorn::filter
