#include "mailstore/directory/local_address.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mail/mailbox_address.h"

namespace posthorn::store {
namespace {

// Long enough for any address that could be meant, short enough for a message.
constexpr size_t kMaxShown = 320;

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return rpc::MakeError(absl::StatusCode::kInvalidArgument, v1::ErrorDetail::REASON_ADDRESS_INVALID,
                        absl::StrCat(text.substr(0, kMaxShown), ": ", why));
}

}  // namespace

absl::StatusOr<LocalAddress> ParseLocalAddress(absl::string_view text) {
  const absl::StatusOr<mail::MailboxAddress> parsed = mail::ParseMailboxAddress(text);
  if (!parsed.ok()) {
    return Invalid(text, parsed.status().message());
  }
  LocalAddress address;
  address.text = parsed->ToString();
  address.key = parsed->LookupKey();
  address.base_key = address.key;
  address.domain = parsed->domain;
  const mail::SubAddress parts = mail::SplitSubAddress(parsed->local_part);
  if (!parts.detail.empty() || parts.user.size() != parsed->local_part.size()) {
    mail::MailboxAddress base;
    base.local_part = std::string(parts.user);
    base.domain = parsed->domain;
    address.base_key = base.LookupKey();
    address.detail = std::string(parts.detail);
  }
  // RFC 5321 4.5.1: postmaster in whatever case.
  mail::MailboxAddress postmaster;
  postmaster.local_part = "postmaster";
  postmaster.domain = parsed->domain;
  address.is_postmaster = address.base_key == postmaster.LookupKey();
  return address;
}

absl::StatusOr<LocalAddress> ParseNewAddress(absl::string_view text) {
  absl::StatusOr<LocalAddress> address = ParseLocalAddress(text);
  if (!address.ok()) {
    return address;
  }
  if (address->domain.empty()) {
    return Invalid(text, "an address here has a domain: local-part@domain");
  }
  if (address->domain.front() == '[') {
    return Invalid(text, "an address here cannot have an address literal");
  }
  return address;
}

absl::StatusOr<LocalAddress> ParseAliasAddress(absl::string_view text) {
  if (!absl::StartsWith(text, "@")) {
    return ParseNewAddress(text);
  }
  absl::StatusOr<std::string> domain = ParseDomain(text.substr(1));
  if (!domain.ok()) {
    return domain.status();
  }
  LocalAddress address;
  address.text = absl::StrCat("@", *domain);
  address.key = address.text;
  address.base_key = address.text;
  address.domain = *std::move(domain);
  return address;
}

absl::StatusOr<std::string> ParseDomain(absl::string_view text) {
  absl::StatusOr<std::string> domain = mail::NormalizeDomain(text);
  if (!domain.ok()) {
    return Invalid(text, domain.status().message());
  }
  return domain;
}

absl::StatusOr<std::string> ParseDomainIfAny(absl::string_view text) {
  return text.empty() ? std::string() : ParseDomain(text);
}

}  // namespace posthorn::store
