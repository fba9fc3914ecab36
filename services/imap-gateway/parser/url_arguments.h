#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxUrls = 1000;

// RFC 4467 7: RESETKEY [mailbox *(SP mechanism)].
struct ResetKeyArguments {
  std::optional<std::string> mailbox;   // as written
  std::vector<std::string> mechanisms;  // upper case
};
ResetKeyArguments ParseResetKey(Scanner& scanner);

// RFC 4467 7: GENURLAUTH 1*(SP url-rump SP mechanism).
struct GenUrlAuthArguments {
  struct Item {
    std::string rump;
    std::string mechanism;  // upper case
  };
  std::vector<Item> items;
};
GenUrlAuthArguments ParseGenUrlAuth(Scanner& scanner);

// RFC 4467 7: URLFETCH 1*(SP url-full); RFC 5524 4: a URL may stand in parentheses with what is
// wanted of it.
struct UrlFetchArguments {
  struct Item {
    std::string url;
    bool extended = false;  // in parentheses
    bool structure = false;
    bool body = false;
    bool binary = false;
  };
  std::vector<Item> items;
};
UrlFetchArguments ParseUrlFetch(Scanner& scanner);

}  // namespace posthorn::imap
