// What is done when a filter has no answer.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "smtp-gateway/filter/filter_metrics.h"
#include "smtp-gateway/filter/filter_options.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/filter/verdict.h"

namespace posthorn::filter {

// Counted and logged. kDeliver: the mail passes without that filter.
Verdict WithoutAnswer(const std::string& name, FailMode mode, const Client& client,
                      const absl::Status& failure, const FilterMetrics& metrics);

}  // namespace posthorn::filter
