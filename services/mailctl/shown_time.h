// Times as commands print them.
#pragma once

#include <cstdint>
#include <string>

namespace posthorn::mailctl {

// "2026-11-26T08:00:00Z"; empty for 0.
std::string ShownTime(int64_t unix_seconds);

}  // namespace posthorn::mailctl
