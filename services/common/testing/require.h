// What a fuzz target promises.
#pragma once

#include <cstdlib>

namespace posthorn::testing_support {

// Ends the process, which the fuzzer takes for a finding, if the promise does not hold.
inline void Require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace posthorn::testing_support
