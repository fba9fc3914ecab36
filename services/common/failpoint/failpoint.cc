#include "common/failpoint/failpoint.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/log/log.h"
#include "common/runtime/runtime.h"

namespace posthorn::failpoint {
namespace {

constexpr double kLongestStall = 3'600;  // seconds

enum class Action : uint8_t { kNone, kKill, kStall, kError };

struct Fault {
  Action action = Action::kNone;
  uint64_t at = 1;  // the Nth time
  std::chrono::milliseconds stall{0};
};

// Written before `armed` is set, and not after.
std::array<Fault, kPointCount> faults;
std::array<std::atomic<uint64_t>, kPointCount> reached;

absl::Status NotUnderstood(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(kVariable, ": \"", what, "\" is not understood"));
}

absl::Status ParseAction(absl::string_view text, const PointName& point, Fault* fault) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('@', 1));
  if (text.find('@') != absl::string_view::npos &&
      (!absl::SimpleAtoi(parts.second, &fault->at) || fault->at == 0)) {
    return NotUnderstood(text);
  }
  absl::string_view action = parts.first;
  double seconds = 0;
  if (action == "kill") {
    fault->action = Action::kKill;
  } else if (action == "error" && point.may_fail) {
    fault->action = Action::kError;
  } else if (absl::ConsumePrefix(&action, "stall:") && absl::SimpleAtod(action, &seconds) &&
             seconds > 0 && seconds <= kLongestStall) {
    fault->action = Action::kStall;
    fault->stall = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1'000));
  } else {
    return NotUnderstood(text);
  }
  return absl::OkStatus();
}

absl::Status Parse(absl::string_view specification, std::array<Fault, kPointCount>* parsed) {
  for (const absl::string_view each : absl::StrSplit(specification, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(each, absl::MaxSplits('=', 1));
    const PointName* known = nullptr;
    for (const PointName& point : kPoints) {
      known = point.name == parts.first ? &point : known;
    }
    if (known == nullptr) {
      return NotUnderstood(each);
    }
    Fault fault;
    if (const absl::Status status = ParseAction(parts.second, *known, &fault); !status.ok()) {
      return status;
    }
    (*parsed)[static_cast<size_t>(known->point)] = fault;
  }
  return absl::OkStatus();
}

// The fault that happens now, if any.
Fault Take(Point point) {
  const auto index = static_cast<size_t>(point);
  const Fault& fault = faults[index];
  if (fault.action == Action::kNone || reached[index].fetch_add(1) + 1 != fault.at) {
    return {};
  }
  log::Warning("a failpoint is reached", {{"point", kPoints[index].name}, {"time", fault.at}});
  if (fault.action == Action::kKill) {
    ::kill(::getpid(), SIGKILL);
  }
  return fault;
}

}  // namespace

absl::Status Arm(absl::string_view specification) {
  std::array<Fault, kPointCount> parsed;
  if (const absl::Status status = Parse(specification, &parsed); !status.ok()) {
    return status;
  }
  faults = parsed;
  for (auto& count : reached) {
    count = 0;
  }
  internal::armed = true;
  log::Warning("this process is made to fail", {{"failpoints", std::string(specification)}});
  return absl::OkStatus();
}

void Disarm() { internal::armed = false; }

void internal::Block(Point point) {
  if (const Fault fault = Take(point); fault.action == Action::kStall) {
    std::this_thread::sleep_for(fault.stall);
  }
}

boost::asio::awaitable<absl::Status> Pass(Point point) {
  const Fault fault = Take(point);
  if (fault.action == Action::kStall) {
    co_await runtime::Sleep(fault.stall);
  }
  co_return fault.action == Action::kError
      ? absl::UnavailableError(absl::StrCat("failpoint ", kPoints[static_cast<size_t>(point)].name))
      : absl::OkStatus();
}

boost::asio::awaitable<void> Halt(Point point) {
  if (Armed()) [[unlikely]] {
    (co_await Pass(point)).IgnoreError();
  }
}

}  // namespace posthorn::failpoint
