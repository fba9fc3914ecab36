#include "mail/dkim.h"

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxLine = 78;
constexpr size_t kHashOctets = 32;
constexpr size_t kMaxName = 253;  // RFC 1035: of a domain name in text

// RFC 6376 3.1, 3.5: labels of letters, digits, hyphens (and underscores, which some have).
bool IsName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxName) {
    return false;
  }
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    if (label.empty() || label.size() > 63) {
      return false;
    }
    for (const char c : label) {
      if (!absl::ascii_isalnum(c) && c != '-' && c != '_') {
        return false;
      }
    }
  }
  return true;
}

// Writes a field piece by piece and folds it where a line would become too long.
class FoldedField {
 public:
  explicit FoldedField(absl::string_view name) : text_(absl::StrCat(name, ":")) {
    column_ = text_.size();
  }

  // A piece that stays whole, after white space.
  void AddWord(absl::string_view word) {
    // The space before it and a semicolon or colon that may follow count too.
    if (column_ + word.size() + 2 > kMaxLine) {
      Fold();
    } else {
      text_.push_back(' ');
      ++column_;
    }
    Append(word);
  }
  // A piece that stays whole, right behind the last if it fits.
  void AddItem(absl::string_view item) {
    if (column_ + item.size() + 1 > kMaxLine) {
      Fold();
    }
    Append(item);
  }
  // Text that may be folded anywhere.
  void AddText(absl::string_view text) {
    while (!text.empty()) {
      if (column_ >= kMaxLine - 1) {
        Fold();
      }
      const absl::string_view piece = text.substr(0, kMaxLine - 1 - column_);
      Append(piece);
      text.remove_prefix(piece.size());
    }
  }
  void Append(absl::string_view text) {
    absl::StrAppend(&text_, text);
    column_ += text.size();
  }

  const std::string& text() const { return text_; }

 private:
  void Fold() {
    text_.append("\r\n\t");
    column_ = 1;
  }

  std::string text_;
  size_t column_ = 0;
};

}  // namespace

absl::StatusOr<std::string> DkimSign(const DkimSignRequest& request, const DkimKey& key) {
  if (!IsName(request.domain) || !IsName(request.selector)) {
    return absl::InvalidArgumentError("domain and selector of a signature are domain names");
  }
  if (request.body_hash.size() != kHashOctets) {
    return absl::InvalidArgumentError("a body hash has 32 octets");
  }
  const absl::StatusOr<std::vector<std::string>> names = SelectSignedFields(request.header);
  if (!names.ok()) {
    return names.status();
  }
  FoldedField field("DKIM-Signature");
  field.AddWord("v=1;");
  field.AddWord(absl::StrCat("a=", DkimAlgorithmName(key.algorithm()), ";"));
  field.AddWord("c=relaxed/relaxed;");
  field.AddWord(absl::StrCat("d=", request.domain, ";"));
  field.AddWord(absl::StrCat("s=", request.selector, ";"));
  field.AddWord(absl::StrCat("t=", request.signed_at, ";"));
  if (request.valid_seconds > 0) {
    field.AddWord(absl::StrCat("x=", request.signed_at + request.valid_seconds, ";"));
  }
  field.AddWord("h=");
  for (size_t i = 0; i < names->size(); ++i) {
    field.AddItem(absl::StrCat((*names)[i], i + 1 < names->size() ? ":" : ";"));
  }
  field.AddWord(absl::StrCat("bh=", absl::Base64Escape(request.body_hash), ";"));
  field.AddWord("b=");
  const absl::StatusOr<std::string> signature =
      key.SignSha256(DkimHeaderInput(request.header, *names, field.text()));
  if (!signature.ok()) {
    return signature.status();
  }
  field.AddText(absl::Base64Escape(*signature));
  return absl::StrCat(field.text(), "\r\n");
}

}  // namespace posthorn::mail
