#include "smtp-gateway/relay/session_limits.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace posthorn::relay {
namespace {

std::string DomainOf(const v1::LeasedRecipient& recipient) {
  const std::string& path = recipient.forward_path();
  const size_t at = path.rfind('@');
  return at == std::string::npos ? "" : absl::AsciiStrToLower(path.substr(at + 1));
}

}  // namespace

size_t RecipientsThatFit(const Session& session,
                         const std::vector<v1::LeasedRecipient>& recipients) {
  const client::Extensions& extensions = session.extensions;
  size_t fit =
      std::min<size_t>(recipients.size(), extensions.most_recipients.value_or(recipients.size()));
  if (!extensions.most_domains.has_value()) {
    return fit;
  }
  std::set<std::string> domains = session.domains;
  for (size_t i = 0; i < fit; ++i) {
    domains.insert(DomainOf(recipients[i]));
    if (domains.size() > *extensions.most_domains) {
      return i;
    }
  }
  return fit;
}

void NoteDomains(Session& session, const std::vector<v1::LeasedRecipient>& recipients) {
  if (!session.extensions.most_domains.has_value()) {
    return;
  }
  for (const v1::LeasedRecipient& recipient : recipients) {
    session.domains.insert(DomainOf(recipient));
  }
}

}  // namespace posthorn::relay
