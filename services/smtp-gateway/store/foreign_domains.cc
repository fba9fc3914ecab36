#include "smtp-gateway/store/foreign_domains.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace posthorn::smtp {
namespace {

// Empty without a domain.
std::string DomainKey(absl::string_view address) {
  const size_t at = address.rfind('@');
  return at == absl::string_view::npos ? std::string()
                                       : absl::AsciiStrToLower(address.substr(at + 1));
}

}  // namespace

bool ForeignDomains::Contains(absl::string_view address, Clock::time_point now) {
  return domains_.Find(DomainKey(address), now).has_value();
}

void ForeignDomains::Insert(absl::string_view address, Clock::time_point now) {
  std::string domain = DomainKey(address);
  if (!domain.empty()) {
    domains_.Insert(std::move(domain), {}, now);
  }
}

}  // namespace posthorn::smtp
