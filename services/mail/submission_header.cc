#include "mail/submission_header.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mail/header.h"
#include "mail/lexer.h"

namespace posthorn::mail {
namespace {

// RFC 5322 3.6.3, 3.6.6: nobody but the sender sees whom Bcc names. RFC 5321 4.4: Return-Path is
// written at delivery only.
constexpr std::array<absl::string_view, 3> kRemoved = {"Bcc", "Resent-Bcc", "Return-Path"};

bool FitsField(absl::string_view value) {
  return !value.empty() && std::none_of(value.begin(), value.end(), absl::ascii_iscntrl);
}

// The authserv-id of a field, or nothing if it cannot be read: [CFWS] authserv-id
// [CFWS authres-version] [CFWS] ";" (RFC 8601 2.2).
std::optional<std::string> AuthservId(absl::string_view value) {
  Lexer lexer(value);
  lexer.SkipCfws();
  if (lexer.AtEnd()) {
    return std::nullopt;
  }
  std::string id =
      lexer.Peek() == '"' ? lexer.TakeQuoted() : std::string(lexer.TakeWhile([](char c) {
        return IsTokenChar(c) || static_cast<unsigned char>(c) > 127;
      }));
  lexer.SkipCfws();
  lexer.TakeWhile(absl::ascii_isdigit);
  lexer.SkipCfws();
  if (id.empty() || (!lexer.AtEnd() && lexer.Peek() != ';')) {
    return std::nullopt;
  }
  return id;
}

bool SameHost(absl::string_view a, absl::string_view b) {
  return absl::EqualsIgnoreCase(absl::StripSuffix(a, "."), absl::StripSuffix(b, "."));
}

}  // namespace

absl::StatusOr<std::string> CompleteSubmittedHeader(absl::string_view header,
                                                    const SubmissionDefaults& defaults) {
  if (header.size() > kMaxSubmissionHeader) {
    return absl::OutOfRangeError("the header is longer than 1 MiB");
  }
  if (!FitsField(defaults.message_id) || !FitsField(defaults.from)) {
    return absl::InvalidArgumentError("the defaults cannot stand in a field");
  }
  std::string out;
  out.reserve(header.size() + 256);
  bool has_date = false;
  bool has_message_id = false;
  bool has_from = false;
  HeaderReader reader(header);
  while (const std::optional<HeaderField> field = reader.Next()) {
    if (std::any_of(kRemoved.begin(), kRemoved.end(),
                    [&field](absl::string_view name) { return field->Is(name); })) {
      continue;
    }
    has_date |= field->Is("Date");
    has_message_id |= field->Is("Message-ID");
    has_from |= field->Is("From");
    absl::StrAppend(&out, header.substr(field->offset, field->size));
  }
  if (!out.empty() && out.back() != '\n') {
    absl::StrAppend(&out, "\r\n");
  }
  // At the end: a first line that starts with white space must not become part of an added field.
  if (!has_date) {
    absl::StrAppend(&out, "Date: ", FormatDate(defaults.date), "\r\n");
  }
  if (!has_from) {
    absl::StrAppend(&out, "From: <", defaults.from, ">\r\n");
  }
  if (!has_message_id) {
    absl::StrAppend(&out, "Message-ID: <", defaults.message_id, ">\r\n");
  }
  absl::StrAppend(&out, "\r\n", header.substr(reader.position()));
  return out;
}

std::string RemoveAuthenticationResults(absl::string_view header, absl::string_view authserv_id) {
  std::string out;
  out.reserve(header.size());
  HeaderReader reader(header);
  size_t end = 0;
  while (const std::optional<HeaderField> field = reader.Next()) {
    end = field->offset + field->size;
    if (field->Is("Authentication-Results")) {
      const std::optional<std::string> id = AuthservId(field->value);
      if (!id.has_value() || SameHost(*id, authserv_id)) {
        continue;
      }
    }
    absl::StrAppend(&out, header.substr(field->offset, field->size));
  }
  absl::StrAppend(&out, header.substr(end));
  return out;
}

}  // namespace posthorn::mail
