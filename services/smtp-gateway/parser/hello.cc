#include "smtp-gateway/parser/hello.h"

#include "absl/strings/string_view.h"

namespace posthorn::smtp {
namespace {

// RFC 5321 4.5.3.1.2.
constexpr size_t kMaxDomainOctets = 255;
constexpr std::string_view kForbidden = " \t\"()<>\\,;";

}  // namespace

bool IsAcceptableHelloName(std::string_view name) {
  if (name.empty() || name.size() > kMaxDomainOctets) {
    return false;
  }
  for (const char c : name) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet <= 0x20 || octet >= 0x7f || kForbidden.find(c) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace posthorn::smtp
