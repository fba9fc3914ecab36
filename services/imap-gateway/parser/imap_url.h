#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "imap-gateway/parser/section.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxUrlOctets = 8192;

// Who may use an authorized URL (RFC 4467 3).
struct UrlAccess {
  enum class Kind { kSubmit, kUser, kAuthUser, kAnonymous };
  Kind kind = Kind::kAnonymous;
  std::string user;  // of kSubmit and kUser
  bool operator==(const UrlAccess&) const = default;
};

// An IMAP URL (RFC 5092) of a message or a part of one.
struct ImapUrl {
  // The server, for an absolute URL. Its user is the one whose message it is.
  struct Server {
    std::string user;  // empty: none
    std::string host;  // with the port as written
  };
  std::optional<Server> server;
  std::string mailbox;            // UTF-8; empty: relative to the selected mailbox
  std::uint32_t uidvalidity = 0;  // 0: not given
  std::uint32_t uid = 0;
  Section section;
  std::optional<Partial> partial;      // RFC 5550 3: a count of 2^63 - 1 is to the end
  std::optional<std::int64_t> expire;  // Unix seconds
  std::optional<UrlAccess> access;
  // Of a complete authorized URL: the mechanism in upper case, the token, and how many octets of
  // the URL stand before ":mechanism:token", the rump that is signed.
  std::string mechanism;
  std::string token;
  std::size_t rump = 0;
};

// InvalidArgument for anything else: other schemes, whole mailboxes, searches, malformed escapes,
// names that are not UTF-8. Pure; linear in the text.
absl::StatusOr<ImapUrl> ParseImapUrl(absl::string_view text);

}  // namespace posthorn::imap
