#include "smtp-gateway/session/trace_header.h"

#include "absl/strings/str_cat.h"
#include "mail/date.h"

namespace posthorn::smtp {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string_view TransmissionType(const Trace& trace) {
  if (!trace.extended) {
    return "SMTP";
  }
  // RFC 3848: S for TLS, A for authentication.
  static constexpr std::string_view kTypes[2][2][4] = {
      {{"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"},
       {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"}},
      {{"LMTP", "LMTPS", "LMTPA", "LMTPSA"}, {"UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"}},
  };
  return kTypes[trace.lmtp][trace.smtputf8][(trace.tls ? 1 : 0) + (trace.authenticated ? 2 : 0)];
}

std::string FormatTraceHeader(const Trace& trace) {
  // RFC 5321 4.4: the return path comes first, in the last SMTP server before the mailbox.
  std::string header =
      trace.delivered ? absl::StrCat("Return-Path: <", View(trace.reverse_path), ">\r\n") : "";
  absl::StrAppend(&header, "Received: from ", View(trace.helo), " ([",
                  trace.peer_is_v6 ? "IPv6:" : "", View(trace.peer_address), "])\r\n");
  if (trace.tls) {
    absl::StrAppend(&header, "\t(using ", View(trace.tls_version), " with ", View(trace.tls_cipher),
                    ")\r\n");
  }
  absl::StrAppend(&header, "\tby ", View(trace.hostname), " (Posthorn) with ",
                  View(TransmissionType(trace)), " id ", View(trace.session_id));
  if (!trace.recipient.empty()) {
    absl::StrAppend(&header, "\r\n\tfor <", View(trace.recipient), ">");
  }
  const mail::Date date{trace.unix_seconds, 0};
  absl::StrAppend(&header, ";\r\n\t", mail::FormatDate(date), "\r\n");
  return header;
}

}  // namespace posthorn::smtp
