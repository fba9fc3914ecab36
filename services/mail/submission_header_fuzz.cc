// A completed header has what it must have and nothing that it must not, keeps all other fields,
// and does not change when it is completed again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/testing/require.h"
#include "mail/header.h"
#include "mail/submission_header.h"

using posthorn::mail::FindField;
using posthorn::testing_support::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  posthorn::mail::HeaderReader reader(input);
  while (reader.Next().has_value()) {
  }
  const absl::string_view header = input.substr(0, reader.position());
  const posthorn::mail::SubmissionDefaults defaults = {.message_id = "1@x", .from = "a@x"};
  const std::string done = *posthorn::mail::CompleteSubmittedHeader(header, defaults);
  for (const absl::string_view name : {"Date", "From", "Message-ID"}) {
    Require(FindField(done, name).has_value());
  }
  for (const absl::string_view name : {"Bcc", "Resent-Bcc", "Return-Path"}) {
    Require(!FindField(done, name).has_value());
  }
  Require(*posthorn::mail::CompleteSubmittedHeader(done, defaults) == done);
  const std::string trusted = posthorn::mail::RemoveAuthenticationResults(header, "our.example");
  Require(trusted.size() <= header.size());
  Require(posthorn::mail::RemoveAuthenticationResults(trusted, "our.example") == trusted);
  return 0;
}
