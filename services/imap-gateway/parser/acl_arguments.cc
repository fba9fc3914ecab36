#include "imap-gateway/parser/acl_arguments.h"

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace posthorn::imap {
namespace {

constexpr absl::string_view kRights = "lrswipkxtea";
constexpr std::size_t kMaxIdentifier = 320;  // an address

std::string Identifier(Scanner& scanner) {
  std::string identifier = scanner.Astring();
  if (identifier.empty() || identifier.size() > kMaxIdentifier) {
    scanner.Fail("Identifier of 1 to 320 octets expected");
  }
  return identifier;
}

// RFC 4314 2.1.1: c and d stand for what the rights of RFC 2086 became.
std::string Letters(Scanner& scanner, absl::string_view text) {
  std::string rights;
  for (const char letter : text) {
    if (letter == 'c') {
      rights += "kx";
    } else if (letter == 'd') {
      rights += "te";
    } else if (kRights.find(letter) != absl::string_view::npos) {
      rights.push_back(letter);
    } else {
      // RFC 4314 3.1: BAD for a right that is not known.
      scanner.Fail("Unknown right");
      return "";
    }
  }
  return rights;
}

}  // namespace

SetAclArguments ParseSetAcl(Scanner& scanner) {
  SetAclArguments arguments;
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  arguments.identifier = Identifier(scanner);
  scanner.Space();
  const std::string text = scanner.Astring();
  absl::string_view letters = text;
  if (absl::ConsumePrefix(&letters, "+")) {
    arguments.change = RightsChange::kAdd;
  } else if (absl::ConsumePrefix(&letters, "-")) {
    arguments.change = RightsChange::kRemove;
  }
  arguments.rights = Letters(scanner, letters);
  return arguments;
}

AclArguments ParseAclIdentifier(Scanner& scanner) {
  AclArguments arguments;
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  arguments.identifier = Identifier(scanner);
  return arguments;
}

}  // namespace posthorn::imap
