// Parameters of MAIL about the message itself and how it may travel.
#include "absl/strings/str_cat.h"
#include "mail/mailbox_address.h"
#include "smtp-gateway/commands/parameter_handlers.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/message_class.h"
#include "smtp-gateway/parser/parameters.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kTooLarge{552, "5.3.4", "Message is larger than this server takes"};

}  // namespace

// RFC 1870 6.1: declared octets, refused here rather than after they came.
std::optional<Reply> ApplySize(const Session& session, ParameterValue value, Transaction& target) {
  const auto octets = value ? ParseOctetCount(*value) : std::nullopt;
  if (!octets) {
    return kBadParameterValue;
  }
  if (*octets > session.server().limits.message_octets) {
    return kTooLarge;
  }
  target.declared_octets = *octets;
  return std::nullopt;
}

std::string SizeKeyword(const Session& session) {
  return absl::StrCat("SIZE ", session.server().limits.message_octets);
}

// RFC 6152 3, RFC 3030 3.
std::optional<Reply> ApplyBody(const Session&, ParameterValue value, Transaction& target) {
  if (value && EqualsIgnoreCase(*value, "7BIT")) {
    target.envelope.set_body(v1::BODY_KIND_7BIT);
  } else if (value && EqualsIgnoreCase(*value, "8BITMIME")) {
    target.envelope.set_body(v1::BODY_KIND_8BITMIME);
  } else if (value && EqualsIgnoreCase(*value, "BINARYMIME")) {
    target.envelope.set_body(v1::BODY_KIND_BINARYMIME);
  } else {
    return kBadParameterValue;
  }
  return std::nullopt;
}

std::string BodyKeyword(const Session&) { return "8BITMIME"; }

// RFC 6531 3.4.
std::optional<Reply> ApplySmtpUtf8(const Session&, ParameterValue value, Transaction& target) {
  if (value) {
    return kBadParameterValue;
  }
  target.envelope.set_smtputf8(true);
  return std::nullopt;
}

std::string SmtpUtf8Keyword(const Session&) { return "SMTPUTF8"; }

// RFC 4954 5: who submitted the message first. Taken from nobody: no client is trusted to say so,
// and it is then to be read as "<>", but it must be well-formed.
std::optional<Reply> ApplyAuth(const Session&, ParameterValue value, Transaction&) {
  const auto mailbox = value ? DecodeXtext(*value) : std::nullopt;
  if (!mailbox || (*mailbox != "<>" && !mail::ParseMailboxAddress(*mailbox).ok())) {
    return kBadParameterValue;
  }
  return std::nullopt;
}

// RFC 8689 2.
std::optional<Reply> ApplyRequireTls(const Session&, ParameterValue value, Transaction& target) {
  if (value) {
    return kBadParameterValue;
  }
  target.envelope.set_require_tls(true);
  return std::nullopt;
}

// RFC 8689 4.1: only a message that came over TLS can be asked to leave so.
std::string RequireTlsKeyword(const Session& session) {
  return session.stream().is_tls() ? "REQUIRETLS" : "";
}

// RFC 3865 2.3: what the sender declares is taken and not acted upon: no class of mail is refused.
std::optional<Reply> ApplySolicit(const Session&, ParameterValue value, Transaction&) {
  return value && AreSolicitationKeywords(*value) ? std::nullopt
                                                  : std::optional<Reply>(kBadParameterValue);
}

std::string SolicitKeyword(const Session&) { return "NO-SOLICITING"; }

}  // namespace posthorn::smtp
