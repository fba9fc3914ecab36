#include "mail/dkim_header.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mail/header.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxSignedFields = 100;

// RFC 6376 5.4.1, and what else mail programs show or act on. The oversigned ones are those that
// a reader sees or that change how the body is read.
struct SignedField {
  absl::string_view name;
  bool oversigned;
};
constexpr std::array<SignedField, 23> kSignedFields = {{
    {"from", true},
    {"sender", false},
    {"reply-to", true},
    {"subject", true},
    {"date", true},
    {"message-id", true},
    {"to", true},
    {"cc", true},
    {"mime-version", true},
    {"content-type", true},
    {"content-transfer-encoding", false},
    {"content-disposition", false},
    {"in-reply-to", false},
    {"references", false},
    {"list-id", false},
    {"list-help", false},
    {"list-subscribe", false},
    {"list-unsubscribe", false},
    {"list-unsubscribe-post", false},
    {"list-post", false},
    {"list-owner", false},
    {"list-archive", false},
    {"feedback-id", false},
}};

std::map<std::string, size_t> CountFields(absl::string_view header) {
  std::map<std::string, size_t> counts;
  HeaderReader reader(header);
  while (const std::optional<HeaderField> field = reader.Next()) {
    ++counts[absl::AsciiStrToLower(field->name)];
  }
  return counts;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SelectSignedFields(absl::string_view header) {
  const std::map<std::string, size_t> counts = CountFields(header);
  if (!counts.contains("from")) {
    return absl::InvalidArgumentError("a message without From cannot be signed");
  }
  std::vector<std::string> names;
  for (const SignedField& field : kSignedFields) {
    const auto found = counts.find(std::string(field.name));
    const size_t count = (found == counts.end() ? 0 : found->second) + (field.oversigned ? 1 : 0);
    if (count > kMaxSignedFields - names.size()) {
      return absl::InvalidArgumentError("too many fields to sign");
    }
    names.insert(names.end(), count, std::string(field.name));
  }
  return names;
}

std::string RelaxedField(absl::string_view name, absl::string_view value) {
  std::string out = absl::StrCat(absl::AsciiStrToLower(name), ":");
  const size_t start = out.size();
  bool space = false;
  for (const char c : Unfold(value)) {
    if (c == ' ' || c == '\t') {
      space = true;
      continue;
    }
    if (space && out.size() > start) {
      out.push_back(' ');
    }
    space = false;
    out.push_back(c);
  }
  return out;
}

std::string DkimHeaderInput(absl::string_view header, absl::Span<const std::string> names,
                            absl::string_view signature_field) {
  // By name, the last field last, which is taken first (RFC 6376 5.4.2).
  std::map<std::string, std::vector<absl::string_view>> fields;
  for (const std::string& name : names) {
    fields.try_emplace(absl::AsciiStrToLower(name));
  }
  HeaderReader reader(header);
  while (const std::optional<HeaderField> field = reader.Next()) {
    const auto wanted = fields.find(absl::AsciiStrToLower(field->name));
    if (wanted != fields.end()) {
      wanted->second.push_back(field->value);
    }
  }
  std::string input;
  for (const std::string& name : names) {
    std::vector<absl::string_view>& values = fields[absl::AsciiStrToLower(name)];
    if (!values.empty()) {
      absl::StrAppend(&input, RelaxedField(name, values.back()), "\r\n");
      values.pop_back();
    }
  }
  const std::optional<HeaderField> signature = FindField(signature_field, "DKIM-Signature");
  if (signature.has_value()) {
    absl::StrAppend(&input, RelaxedField(signature->name, signature->value));
  }
  return input;
}

}  // namespace posthorn::mail
