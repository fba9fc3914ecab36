#include "smtp-gateway/commands/parameter_table.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "mail/mailbox_address.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kBadValue{501, "5.5.4", "Parameter has a bad value"};
constexpr Reply kUnknown{555, "5.5.4", "Parameter is not recognized"};
constexpr Reply kTooLarge{552, "5.3.4", "Message is larger than this server takes"};

// RFC 1870 6.1: declared octets, refused here rather than after they came.
std::optional<Reply> ApplySize(const Session& session, std::optional<std::string_view> value,
                               Transaction& transaction) {
  const auto octets = value ? ParseOctetCount(*value) : std::nullopt;
  if (!octets) {
    return kBadValue;
  }
  if (*octets > session.server().limits.message_octets) {
    return kTooLarge;
  }
  transaction.declared_octets = *octets;
  return std::nullopt;
}

std::string SizeKeyword(const Session& session) {
  return absl::StrCat("SIZE ", session.server().limits.message_octets);
}

// RFC 6152 3. Both are passed on as they are: everything behind this gateway is 8-bit clean.
std::optional<Reply> ApplyBody(const Session&, std::optional<std::string_view> value,
                               Transaction&) {
  const bool known =
      value && (EqualsIgnoreCase(*value, "7BIT") || EqualsIgnoreCase(*value, "8BITMIME"));
  return known ? std::nullopt : std::optional<Reply>(kBadValue);
}

std::string BodyKeyword(const Session&) { return "8BITMIME"; }

// RFC 6531 3.4.
std::optional<Reply> ApplySmtpUtf8(const Session&, std::optional<std::string_view> value,
                                   Transaction& transaction) {
  if (value) {
    return kBadValue;
  }
  transaction.smtputf8 = true;
  return std::nullopt;
}

std::string SmtpUtf8Keyword(const Session&) { return "SMTPUTF8"; }

// RFC 4954 5: who submitted the message first. Taken from nobody: no client is trusted to say so,
// and it is then to be read as "<>", but it must be well-formed.
std::optional<Reply> ApplyAuth(const Session&, std::optional<std::string_view> value,
                               Transaction&) {
  const auto mailbox = value ? DecodeXtext(*value) : std::nullopt;
  if (!mailbox || (*mailbox != "<>" && !mail::ParseMailboxAddress(*mailbox).ok())) {
    return kBadValue;
  }
  return std::nullopt;
}

constexpr ParameterRow kMailParameters[] = {
    {"SIZE", ApplySize, SizeKeyword, "RFC 1870"},
    {"BODY", ApplyBody, BodyKeyword, "RFC 6152"},
    {"SMTPUTF8", ApplySmtpUtf8, SmtpUtf8Keyword, "RFC 6531"},
    {"AUTH", ApplyAuth, nullptr, "RFC 4954 5"},
};

}  // namespace

std::span<const ParameterRow> MailParameters() { return kMailParameters; }

std::optional<Reply> ApplyParameters(const Session& session, std::span<const ParameterRow> rows,
                                     const std::vector<Parameter>& parameters,
                                     Transaction& transaction) {
  for (const Parameter& parameter : parameters) {
    const ParameterRow* row = nullptr;
    for (const ParameterRow& candidate : rows) {
      if (EqualsIgnoreCase(candidate.keyword, parameter.keyword)) {
        row = &candidate;
      }
    }
    if (row == nullptr) {
      return kUnknown;
    }
    if (const auto refusal = row->apply(session, parameter.value, transaction)) {
      return refusal;
    }
  }
  return std::nullopt;
}

}  // namespace posthorn::smtp
