#include "mailstore/message/flag_arguments.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::store {
namespace {

constexpr uint32_t kAllFlags =
    v1::FLAG_SEEN | v1::FLAG_ANSWERED | v1::FLAG_FLAGGED | v1::FLAG_DELETED | v1::FLAG_DRAFT;
constexpr size_t kMaxKeyword = 128;

// RFC 9051 9: ATOM-CHAR, that is any printable ASCII but atom-specials.
bool IsAtomChar(char c) {
  return c > ' ' && c < 0x7f && absl::string_view("(){%*\"\\]").find(c) == absl::string_view::npos;
}

bool IsKeyword(const std::string& name) {
  return !name.empty() && name.size() <= kMaxKeyword &&
         std::all_of(name.begin(), name.end(), IsAtomChar);
}

}  // namespace

absl::Status CheckFlags(uint32_t flags,
                        const google::protobuf::RepeatedPtrField<std::string>& keywords) {
  if ((flags & ~kAllFlags) != 0) {
    return absl::InvalidArgumentError("flags: unknown bits");
  }
  if (!std::all_of(keywords.begin(), keywords.end(), IsKeyword)) {
    return absl::InvalidArgumentError("keywords: atoms of at most 128 octets");
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
