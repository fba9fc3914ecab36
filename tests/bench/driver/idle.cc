#include "idle.h"

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

namespace posthorn::bench {
namespace {

constexpr int kAtATime = 16;

Awaitable<void> DoInTurn(std::size_t& begun, std::size_t count, const OfOne& one) {
  while (begun < count) {
    co_await one(begun++);
  }
}

double DoForAll(Crew& crew, std::size_t count, const OfOne& one) {
  std::size_t begun = 0;
  std::vector<Awaitable<void>> work;
  for (int i = 0; i < kAtATime; ++i) {
    work.push_back(DoInTurn(begun, count, one));
  }
  return crew.Run(std::move(work));
}

}  // namespace

Figures HoldIdle(Crew& crew, const Options& options, const OfOne& open, const OfOne& close) {
  const auto count = static_cast<std::size_t>(options.clients);
  const double took = DoForAll(crew, count, open);

  std::puts("READY");
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);

  DoForAll(crew, count, close);
  return {{"connections", options.clients}, {"opened_per_s", options.clients / took}};
}

}  // namespace posthorn::bench
