#include "imap-gateway/parser/imap_url.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace posthorn::imap {
namespace {

absl::Status Invalid() { return absl::InvalidArgumentError("Invalid IMAP URL"); }

int HexDigit(char c) {
  if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) {
    return -1;
  }
  return absl::ascii_isdigit(static_cast<unsigned char>(c)) ? c - '0'
                                                            : absl::ascii_tolower(c) - 'a' + 10;
}

// RFC 3986 2.1. nullopt for a broken escape, a NUL, or octets that no URL holds as they are.
std::optional<std::string> Unescape(absl::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return std::nullopt;
    }
    if (c == '%') {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
      if (low < 0 || (high == 0 && low == 0)) {
        return std::nullopt;
      }
      c = static_cast<char>(high << 4 | low);
      i += 2;
    }
    plain.push_back(c);
  }
  return plain;
}

// Reads a URL from its start to its end; every reader says whether it went well.
class UrlReader {
 public:
  explicit UrlReader(absl::string_view text) : all_(text), left_(text) {}

  absl::StatusOr<ImapUrl> Read() {
    const bool valid = ReadServer() && ReadMailbox() && ReadUid() && ReadSection() &&
                       ReadPartial() && ReadExpire() && ReadAuthorization() && left_.empty();
    if (!valid) {
      return Invalid();
    }
    return std::move(url_);
  }

 private:
  bool TryWord(absl::string_view word) {
    if (!absl::StartsWithIgnoreCase(left_, word)) {
      return false;
    }
    left_.remove_prefix(word.size());
    return true;
  }

  // A parameter within the path: "/;UID=", or ";UID=" where the path before it ended in "/" or is
  // none.
  bool TryParameter(absl::string_view name) {
    return TryWord(absl::StrCat("/;", name, "=")) || TryWord(absl::StrCat(";", name, "="));
  }

  // What stands before the next of `ends`.
  absl::string_view Take(absl::string_view ends) {
    const std::size_t size = std::min(left_.find_first_of(ends), left_.size());
    const absl::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }

  bool TakeNumber(std::uint64_t most, std::uint64_t& number) {
    std::size_t digits = 0;
    while (digits < left_.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(left_[digits]))) {
      ++digits;
    }
    const bool valid = absl::SimpleAtoi(left_.substr(0, digits), &number) && number <= most;
    left_.remove_prefix(digits);
    return valid;
  }

  bool TakeNzNumber(std::uint32_t& value) {
    std::uint64_t number = 0;
    const bool valid = TakeNumber(std::numeric_limits<std::uint32_t>::max(), number) && number > 0;
    value = static_cast<std::uint32_t>(number);
    return valid;
  }

  // "imap://user;AUTH=*@host:port", or nothing.
  bool ReadServer() {
    if (!TryWord("imap://")) {
      return true;
    }
    absl::string_view authority = Take("/");
    ImapUrl::Server server;
    const std::size_t at = authority.rfind('@');
    if (at != absl::string_view::npos) {
      const absl::string_view login = authority.substr(0, at);
      // RFC 5092 3: ";AUTH=" says how to log in, which does not matter here.
      const std::optional<std::string> user = Unescape(login.substr(0, login.find(';')));
      if (!user || user->empty()) {
        return false;
      }
      server.user = *user;
      authority.remove_prefix(at + 1);
    }
    server.host = std::string(authority);
    url_.server = std::move(server);
    return !authority.empty();
  }

  bool ReadMailbox() {
    if (absl::StartsWithIgnoreCase(left_, ";UID=")) {
      return !url_.server;
    }
    if (!absl::ConsumePrefix(&left_, "/")) {
      return false;
    }
    // RFC 5092 11: a mailbox name holds "/" as it is.
    const absl::string_view path = Take(";?#");
    const std::optional<std::string> mailbox = Unescape(absl::StripSuffix(path, "/"));
    if (!mailbox || mailbox->empty()) {
      return false;
    }
    url_.mailbox = *mailbox;
    if (TryWord(";UIDVALIDITY=")) {
      return TakeNzNumber(url_.uidvalidity);
    }
    return true;
  }

  bool ReadUid() { return TryParameter("UID") && TakeNzNumber(url_.uid); }

  bool ReadSection() {
    if (!TryParameter("SECTION")) {
      return true;
    }
    const std::optional<std::string> section = Unescape(Take("/;?#"));
    if (!section || section->empty()) {
      return false;
    }
    const std::string bracketed = absl::StrCat("[", *section, "]");
    Scanner scanner(bracketed);
    url_.section = ParseSection(scanner);
    return scanner.ok() && scanner.AtEnd();
  }

  bool ReadPartial() {
    if (!TryParameter("PARTIAL")) {
      return true;
    }
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    Partial partial{.offset = 0, .count = kMost};
    bool valid = TakeNumber(kMost, partial.offset);
    if (absl::ConsumePrefix(&left_, ".")) {
      valid = valid && TakeNumber(kMost, partial.count) && partial.count > 0;
    }
    url_.partial = partial;
    return valid;
  }

  bool ReadExpire() {
    if (!TryWord(";EXPIRE=")) {
      return true;
    }
    // RFC 4467 9: a date-time of RFC 3339.
    absl::Time when;
    std::string error;
    const std::optional<std::string> text = Unescape(Take(";"));
    if (!text || !absl::ParseTime(absl::RFC3339_full, *text, &when, &error) ||
        when == absl::InfiniteFuture() || when == absl::InfinitePast()) {
      return false;
    }
    url_.expire = absl::ToUnixSeconds(when);
    // An expiry alone authorizes nobody.
    return absl::StartsWithIgnoreCase(left_, ";URLAUTH=");
  }

  bool ReadAuthorization() {
    if (!TryWord(";URLAUTH=")) {
      return true;
    }
    if (!ReadAccess(Take(":"))) {
      return false;
    }
    url_.rump = all_.size() - left_.size();
    if (!absl::ConsumePrefix(&left_, ":")) {
      return true;
    }
    url_.mechanism = absl::AsciiStrToUpper(Take(":"));
    const bool two = absl::ConsumePrefix(&left_, ":");
    url_.token = std::string(std::exchange(left_, {}));
    // RFC 4467 9: 32*HEXDIG.
    for (const char c : url_.token) {
      if (HexDigit(c) < 0) {
        return false;
      }
    }
    return two && !url_.mechanism.empty() && url_.token.size() >= 32;
  }

  bool ReadAccess(absl::string_view text) {
    UrlAccess access;
    if (absl::EqualsIgnoreCase(text, "anonymous")) {
      access.kind = UrlAccess::Kind::kAnonymous;
    } else if (absl::EqualsIgnoreCase(text, "authuser")) {
      access.kind = UrlAccess::Kind::kAuthUser;
    } else {
      const std::size_t plus = text.find('+');
      const absl::string_view word = text.substr(0, plus);
      const bool submit = absl::EqualsIgnoreCase(word, "submit");
      if (plus == absl::string_view::npos || (!submit && !absl::EqualsIgnoreCase(word, "user"))) {
        return false;
      }
      const std::optional<std::string> user = Unescape(text.substr(plus + 1));
      if (!user || user->empty()) {
        return false;
      }
      access.kind = submit ? UrlAccess::Kind::kSubmit : UrlAccess::Kind::kUser;
      access.user = *user;
    }
    url_.access = std::move(access);
    return true;
  }

  const absl::string_view all_;
  absl::string_view left_;
  ImapUrl url_;
};

}  // namespace

absl::StatusOr<ImapUrl> ParseImapUrl(absl::string_view text) {
  if (text.size() > kMaxUrlOctets) {
    return Invalid();
  }
  return UrlReader(text).Read();
}

}  // namespace posthorn::imap
