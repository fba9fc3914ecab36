#pragma once

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::bench {

// The figures of one run by name, as the driver prints them: one JSON object on one line.
using Figures = std::vector<std::pair<std::string_view, double>>;

void PrintFigures(const Figures& figures);

// The value below which `fraction` (0 to 1) of the samples lie. Needs at least one sample.
double Percentile(std::vector<double> samples, double fraction);

inline double MillisecondsSince(std::chrono::steady_clock::time_point begin) {
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  return took.count();
}

}  // namespace posthorn::bench
