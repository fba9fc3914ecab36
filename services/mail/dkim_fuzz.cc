// The body hash does not depend on how the body was split, and white space at line ends and lines
// at the end do not count; every signed header gives a field that folds and that a reader finds.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/testing/require.h"
#include "mail/dkim.h"
#include "mail/header.h"

using posthorn::mail::DkimBody;
using posthorn::testing_support::Require;

namespace {

std::string HashInFrames(absl::string_view body, size_t frame) {
  DkimBody hash;
  for (size_t i = 0; i < body.size(); i += frame) {
    hash.Update(body.substr(i, frame));
  }
  return hash.Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string hash = HashInFrames(input, size + 1);
  Require(HashInFrames(input, 1) == hash);
  Require(HashInFrames(input, 3) == hash);
  if (!input.empty() && input.back() != '\r') {
    Require(HashInFrames(std::string(input) + " \t\r\n\r\n", 5) == hash);
  }
  const absl::StatusOr<std::vector<std::string>> names = posthorn::mail::SelectSignedFields(input);
  if (!names.ok()) {
    return 0;
  }
  static const auto* const kKey = new posthorn::mail::DkimKey(*posthorn::mail::DkimKey::FromPem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n"));
  const std::string field = *posthorn::mail::DkimSign(
      {.header = input, .body_hash = hash, .domain = "example.org", .selector = "s"}, *kKey);
  const auto found = posthorn::mail::FindField(field, "DKIM-Signature");
  Require(found.has_value() && found->size == field.size());
  return 0;
}
