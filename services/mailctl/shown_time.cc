#include "mailctl/shown_time.h"

#include "absl/time/time.h"

namespace posthorn::mailctl {

std::string ShownTime(int64_t unix_seconds) {
  return unix_seconds == 0
             ? ""
             : absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(unix_seconds),
                                absl::UTCTimeZone());
}

}  // namespace posthorn::mailctl
