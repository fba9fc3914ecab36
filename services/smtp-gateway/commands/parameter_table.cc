#include "smtp-gateway/commands/parameter_table.h"

#include "smtp-gateway/commands/parameter_handlers.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kUnknown{555, "5.5.4", "Parameter is not recognized"};

constexpr MailParameter kMailParameters[] = {
    {"SIZE", ApplySize, SizeKeyword, "RFC 1870"},
    {"BODY", ApplyBody, BodyKeyword, "RFC 6152, RFC 3030"},
    {"SMTPUTF8", ApplySmtpUtf8, SmtpUtf8Keyword, "RFC 6531"},
    {"AUTH", ApplyAuth, nullptr, "RFC 4954 5"},
    {"RET", ApplyRet, DsnKeyword, "RFC 3461 4.3"},
    {"ENVID", ApplyEnvid, DsnKeyword, "RFC 3461 4.4"},
    {"BY", ApplyBy, DeliverByKeyword, "RFC 2852"},
    {"HOLDFOR", ApplyHoldFor, FutureReleaseKeyword, "RFC 4865"},
    {"HOLDUNTIL", ApplyHoldUntil, FutureReleaseKeyword, "RFC 4865"},
    {"MT-PRIORITY", ApplyPriority, PriorityKeyword, "RFC 6710"},
    {"REQUIRETLS", ApplyRequireTls, RequireTlsKeyword, "RFC 8689"},
    {"SOLICIT", ApplySolicit, SolicitKeyword, "RFC 3865"},
};

constexpr RcptParameter kRcptParameters[] = {
    {"NOTIFY", ApplyNotify, DsnKeyword, "RFC 3461 4.1"},
    {"ORCPT", ApplyOrcpt, DsnKeyword, "RFC 3461 4.2"},
};

template <typename Target>
std::optional<Reply> Apply(const Session& session, std::span<const ParameterRow<Target>> rows,
                           const std::vector<Parameter>& parameters, Target& target) {
  for (const Parameter& parameter : parameters) {
    const ParameterRow<Target>* row = nullptr;
    for (const ParameterRow<Target>& candidate : rows) {
      if (EqualsIgnoreCase(candidate.keyword, parameter.keyword)) {
        row = &candidate;
      }
    }
    if (row == nullptr || (row->ehlo != nullptr && row->ehlo(session).empty())) {
      return kUnknown;
    }
    if (const auto refusal = row->apply(session, parameter.value, target)) {
      return refusal;
    }
  }
  return std::nullopt;
}

}  // namespace

std::span<const MailParameter> MailParameters() { return kMailParameters; }
std::span<const RcptParameter> RcptParameters() { return kRcptParameters; }

std::optional<Reply> ApplyParameters(const Session& session,
                                     const std::vector<Parameter>& parameters,
                                     Transaction& transaction) {
  return Apply(session, MailParameters(), parameters, transaction);
}

std::optional<Reply> ApplyParameters(const Session& session,
                                     const std::vector<Parameter>& parameters,
                                     Recipient& recipient) {
  return Apply(session, RcptParameters(), parameters, recipient);
}

}  // namespace posthorn::smtp
