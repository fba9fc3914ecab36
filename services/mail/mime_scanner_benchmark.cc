// How fast messages are scanned: a small one, and bodies in frames of 64 KiB.
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "mail/mime_scanner.h"

namespace posthorn::mail {
namespace {

constexpr size_t kFrame = 64 << 10;

std::string SmallMessage() {
  std::string message =
      "Return-Path: <alice@example.org>\r\n"
      "Received: from mx.example.org (mx.example.org [192.0.2.1])\r\n"
      "\tby mail.example.com with ESMTPS id 4F2K1J3H for <bob@example.com>;\r\n"
      "\tFri, 21 Nov 1997 09:55:06 -0600\r\n"
      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail;\r\n"
      "\th=from:to:subject:date; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;\r\n"
      "\tb=" +
      std::string(340, 'b') +
      "\r\n"
      "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
      "From: Alice Doe <alice@example.org>\r\n"
      "To: Bob <bob@example.com>, \"Carol, C.\" <carol@example.net>\r\n"
      "Subject: =?utf-8?q?Lunch_on_Friday=3F?=\r\n"
      "Message-ID: <1234.5678@example.org>\r\n"
      "In-Reply-To: <1111@example.com>\r\n"
      "References: <1110@example.com> <1111@example.com>\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative; boundary=\"=_b1\"\r\n"
      "\r\n"
      "--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  while (message.size() < 2500) {
    absl::StrAppend(&message, "This is a line of the text of a small message, not too long.\r\n");
  }
  absl::StrAppend(&message, "--=_b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n");
  while (message.size() < 4000) {
    absl::StrAppend(&message, "<p>This is a line of the text of a small message.</p>\r\n");
  }
  return absl::StrCat(message, "--=_b1--\r\n");
}

void ScanSmall(benchmark::State& state) {
  const std::string message = SmallMessage();
  for (auto _ : state) {
    benchmark::DoNotOptimize(ScanMessage(message));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(message.size()));
}
BENCHMARK(ScanSmall);

// An attachment of `lines` like `line`.
void ScanAttachment(benchmark::State& state, const std::string& line) {
  std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
      "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  while (message.size() < 16 << 20) {
    message += line;
  }
  message += "--b--\r\n";
  for (auto _ : state) {
    MimeScanner scanner;
    for (size_t i = 0; i < message.size(); i += kFrame) {
      scanner.Feed(absl::string_view(message).substr(i, kFrame));
    }
    benchmark::DoNotOptimize(scanner.Finish());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(message.size()));
}
BENCHMARK_CAPTURE(ScanAttachment, base64, std::string(76, 'A') + "\r\n");
BENCHMARK_CAPTURE(ScanAttachment, short_lines, std::string("ab\r\n"));
BENCHMARK_CAPTURE(ScanAttachment, dashes, std::string("--ab\r\n"));

void ScanPlainBody(benchmark::State& state) {
  std::string message = "Subject: x\r\n\r\n";
  while (message.size() < 16 << 20) {
    message += std::string(70, 'x') + "\r\n";
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(ScanMessage(message));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(message.size()));
}
BENCHMARK(ScanPlainBody);

// Lines that look like the boundaries of a hundred open parts, and are none.
void ScanHostileBoundaries(benchmark::State& state) {
  const std::string common(60, 'b');
  std::string message;
  for (int i = 0; i < 98; ++i) {
    absl::StrAppend(&message, "Content-Type: multipart/mixed; boundary=", common, i, "x\r\n\r\n--",
                    common, i, "x\r\n");
  }
  absl::StrAppend(&message, "\r\n");
  while (message.size() < 4 << 20) {
    absl::StrAppend(&message, "--", common, "\r\n");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(ScanMessage(message));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(message.size()));
}
BENCHMARK(ScanHostileBoundaries);

}  // namespace
}  // namespace posthorn::mail
