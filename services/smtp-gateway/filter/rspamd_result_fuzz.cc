// Fuzzes the reader of rspamd's answers, and what is made of them.
#include <cstddef>
#include <cstdint>
#include <string>

#include "smtp-gateway/filter/rspamd_result.h"
#include "smtp-gateway/filter/rspamd_verdict.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using posthorn::filter::HeaderEditor;
  const std::string json(reinterpret_cast<const char*>(data), size);
  const auto result = posthorn::filter::ParseRspamdResult(json);
  if (!result.ok()) {
    return 0;
  }
  const bool submission = size % 2 == 1;
  const auto verdict = posthorn::filter::RspamdVerdict(*result, submission);
  HeaderEditor header("Subject: x\r\nX-Spam: No\r\n\r\n");
  posthorn::filter::ApplyRspamdHeaders(*result, verdict, submission, header);
  const std::string after = header.Finish();
  // One empty line, at the end.
  const size_t end = after.find("\r\n\r\n");
  if (after != "\r\n" && (end == std::string::npos || end + 4 != after.size())) {
    __builtin_trap();
  }
  return 0;
}
