#include "report.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace posthorn::bench {

void PrintFigures(const Figures& figures) {
  const char* separator = "{";
  for (const auto& [name, value] : figures) {
    std::printf("%s\"%.*s\": %.6g", separator, static_cast<int>(name.size()), name.data(), value);
    separator = ", ";
  }
  std::printf("}\n");
  std::fflush(stdout);
}

double Percentile(std::vector<double> samples, double fraction) {
  if (samples.empty()) {
    throw std::logic_error("no samples");
  }
  const auto at = samples.begin() + static_cast<std::ptrdiff_t>(fraction * (samples.size() - 1));
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

}  // namespace posthorn::bench
