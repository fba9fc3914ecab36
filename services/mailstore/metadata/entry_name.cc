#include "mailstore/metadata/entry_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace posthorn::store {
namespace {

constexpr size_t kMaxSize = 512;
constexpr std::ptrdiff_t kMaxComponents = 32;
constexpr absl::string_view kPrivate = "/private";
constexpr absl::string_view kShared = "/shared";

bool IsAllowed(char c) { return c > 0x20 && c < 0x7f && c != '*' && c != '%'; }

}  // namespace

std::string EntryName::Text() const { return absl::StrCat(shared ? kShared : kPrivate, path); }

absl::StatusOr<EntryName> ParseEntryName(absl::string_view name) {
  const absl::Status invalid = absl::InvalidArgumentError("malformed annotation name");
  if (name.size() > kMaxSize || !std::all_of(name.begin(), name.end(), IsAllowed)) {
    return invalid;
  }
  const std::string lower = absl::AsciiStrToLower(name);
  absl::string_view rest = lower;
  EntryName entry;
  if (absl::ConsumePrefix(&rest, kShared)) {
    entry.shared = true;
  } else if (!absl::ConsumePrefix(&rest, kPrivate)) {
    return invalid;
  }
  if (!rest.empty() &&
      (rest.front() != '/' || rest.back() == '/' || absl::StrContains(rest, "//"))) {
    return invalid;
  }
  if (std::count(rest.begin(), rest.end(), '/') > kMaxComponents) {
    return invalid;
  }
  entry.path = std::string(rest);
  return entry;
}

bool IsWithin(absl::string_view path, absl::string_view top, int depth) {
  if (!absl::ConsumePrefix(&path, top)) {
    return false;
  }
  if (path.empty()) {
    return true;
  }
  return path.front() == '/' && (depth < 0 || std::count(path.begin(), path.end(), '/') <= depth);
}

}  // namespace posthorn::store
