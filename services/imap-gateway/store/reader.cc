#include "imap-gateway/store/reader.h"

#include <cstdint>

namespace posthorn::imap {
namespace {

// More may well be more than a link's answer holds.
constexpr uint64_t kFewMessages = 128;
constexpr uint64_t kFewBodies = 8;

uint64_t Messages(const v1::UidSet& uids) {
  uint64_t messages = 0;
  for (int i = 1; i < uids.runs_size(); i += 2) {
    messages += uint64_t{uids.runs(i)} + 1;
  }
  return messages;
}

}  // namespace

bool IsShort(const v1::FetchMetadataRequest& request) {
  return Messages(request.uids()) <= kFewMessages;
}

bool IsShort(const v1::FetchBodyRequest& request) {
  return Messages(request.uids()) + static_cast<uint64_t>(request.ranges_size()) <= kFewBodies;
}

}  // namespace posthorn::imap
