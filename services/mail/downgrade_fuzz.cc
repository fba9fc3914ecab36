// What comes out is of 7 bits, and does not depend on how the octets were split.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/testing/require.h"
#include "mail/downgrade.h"

using posthorn::mail::Downgrader;
using posthorn::mail::DowngradeScan;
using posthorn::testing_support::Require;

namespace {

absl::StatusOr<std::string> InFrames(absl::string_view message, size_t frame) {
  DowngradeScan scan;
  for (size_t i = 0; i < message.size(); i += frame) {
    scan.Feed(message.substr(i, frame));
  }
  auto plan = scan.Finish();
  if (!plan.ok()) {
    return plan.status();
  }
  uint64_t end = 0;
  for (const auto& region : plan->regions) {
    Require(region.offset >= end && region.size > 0);
    end = region.offset + region.size;
  }
  Require(end <= plan->size && plan->size == message.size());
  Downgrader downgrader(*std::move(plan));
  std::string out;
  for (size_t i = 0; i < message.size(); i += frame) {
    const absl::Status status = downgrader.Feed(message.substr(i, frame), &out);
    if (!status.ok()) {
      return status;
    }
  }
  const absl::Status status = downgrader.Finish(&out);
  Require(status.ok());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view message(reinterpret_cast<const char*>(data), size);
  const auto whole = posthorn::mail::DowngradeMessage(message);
  const auto pieces = InFrames(message, 3);
  Require(whole.status() == pieces.status());
  if (whole.ok()) {
    Require(*whole == *pieces);
    for (const char c : *whole) {
      Require(c > 0);
    }
  }
  return 0;
}
