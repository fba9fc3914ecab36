#include "mailstore/access/rights.h"

#include "posthorn/v1/common.pb.h"

namespace posthorn::store {
namespace {

constexpr absl::string_view kLetters = "lrswipkxtea";

}  // namespace

std::string FormatRights(Rights rights) {
  std::string letters;
  for (size_t i = 0; i < kLetters.size(); ++i) {
    if ((rights.bits() >> i & 1) != 0) {
      letters.push_back(kLetters[i]);
    }
  }
  return letters;
}

absl::StatusOr<Rights> ParseRights(absl::string_view letters) {
  uint32_t bits = 0;
  for (const char letter : letters) {
    const size_t at = kLetters.find(letter);
    if (at == absl::string_view::npos) {
      return absl::InvalidArgumentError("unknown right");
    }
    bits |= uint32_t{1} << at;
  }
  return Rights::FromBits(bits);
}

FlagMask ChangeableFlags(Rights rights) {
  FlagMask mask{.flags = 0, .keywords = rights.Has(Right::kWrite)};
  if (rights.Has(Right::kSeen)) {
    mask.flags |= v1::FLAG_SEEN;
  }
  if (rights.Has(Right::kDeleteMessages)) {
    mask.flags |= v1::FLAG_DELETED;
  }
  if (rights.Has(Right::kWrite)) {
    mask.flags |= ~uint32_t{v1::FLAG_SEEN | v1::FLAG_DELETED};
  }
  return mask;
}

}  // namespace posthorn::store
