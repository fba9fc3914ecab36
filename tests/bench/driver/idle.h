#pragma once

#include <functional>

#include "crew.h"
#include "options.h"
#include "report.h"

namespace posthorn::bench {

// What workloads of idle connections do: opens `clients` of them, a few at a time, prints READY,
// waits for a line on stdin while its caller measures memory, and closes them. Each function does
// it for one of them, by its number.
using OfOne = std::function<Awaitable<void>(std::size_t number)>;
Figures HoldIdle(Crew& crew, const Options& options, const OfOne& open, const OfOne& close);

}  // namespace posthorn::bench
