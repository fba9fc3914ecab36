// Which filters there are, and what holds for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/filter/milter_address.h"
#include "smtp-gateway/filter/rspamd.h"

namespace posthorn::filter {

// What becomes of mail when a filter has no answer.
enum class FailMode { kTempfail, kAccept, kReject };

struct FilterOptions {
  std::optional<RspamdOptions> rspamd;
  FailMode rspamd_fail = FailMode::kTempfail;
  std::vector<MilterAddress> milters;  // after rspamd, in this order
  MilterOptions milter;
  FailMode milter_fail = FailMode::kTempfail;
  // Larger messages are not looked at.
  uint64_t largest = 20 << 20;
  std::string spool_folder = "/tmp";
  uint64_t spool_octets = 1 << 30;  // of all messages that are held in files
};

}  // namespace posthorn::filter
