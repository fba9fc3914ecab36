#include "smtp-gateway/parser/path.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace posthorn::smtp {
namespace {

// RFC 5321 4.5.3.1.3: a path has at most 256 octets with its punctuation; source routes, which are
// dropped anyway, may make it longer.
constexpr size_t kMaxPathOctets = 2048;

// The index of the '>' that ends the path which starts at 0, or npos.
size_t FindPathEnd(std::string_view text) {
  bool quoted = false;
  for (size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '>') {
      return i;
    } else if (!quoted && (c == ' ' || c == '<')) {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

// RFC 5321 4.1.2: A-d-l = At-domain *( "," At-domain ), then ":" and the mailbox.
bool SkipSourceRoute(std::string_view* mailbox) {
  if (mailbox->empty() || mailbox->front() != '@') {
    return true;
  }
  const size_t colon = mailbox->find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  std::string_view route = mailbox->substr(0, colon);
  while (!route.empty()) {
    const size_t comma = route.find(',');
    const std::string_view hop = route.substr(0, comma);
    if (hop.size() < 2 || hop.front() != '@') {
      return false;
    }
    const absl::string_view domain(hop.data() + 1, hop.size() - 1);
    if (!mail::NormalizeDomain(domain).ok()) {
      return false;
    }
    if (comma == std::string_view::npos) {
      break;
    }
    route.remove_prefix(comma + 1);
    if (route.empty()) {
      return false;
    }
  }
  mailbox->remove_prefix(colon + 1);
  return true;
}

}  // namespace

PathError ParsePath(std::string_view* input, Path* path) {
  if (input->empty() || input->front() != '<') {
    return PathError::kSyntax;
  }
  const size_t end = FindPathEnd(*input);
  if (end == std::string_view::npos) {
    return PathError::kSyntax;
  }
  std::string_view mailbox = input->substr(1, end - 1);
  std::string_view rest = input->substr(end + 1);
  if (!rest.empty() && rest.front() != ' ') {
    return PathError::kSyntax;
  }
  if (mailbox.size() > kMaxPathOctets) {
    return PathError::kTooLong;
  }
  if (mailbox.empty()) {
    path->null = true;
  } else {
    if (!SkipSourceRoute(&mailbox)) {
      return PathError::kSyntax;
    }
    auto parsed = mail::ParseMailboxAddress({mailbox.data(), mailbox.size()});
    if (!parsed.ok()) {
      return absl::IsOutOfRange(parsed.status()) ? PathError::kTooLong : PathError::kSyntax;
    }
    path->address = *std::move(parsed);
    path->text = std::string(mailbox);
  }
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  *input = rest;
  return PathError::kNone;
}

}  // namespace posthorn::smtp
