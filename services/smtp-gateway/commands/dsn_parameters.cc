// DSN (RFC 3461): what the sender wants to be told, and by which names.
#include "smtp-gateway/commands/parameter_handlers.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/dsn.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {

// RFC 3461 4.3.
std::optional<Reply> ApplyRet(const Session&, ParameterValue value, Transaction& target) {
  const bool full = value && EqualsIgnoreCase(*value, "FULL");
  if (!full && !(value && EqualsIgnoreCase(*value, "HDRS"))) {
    return kBadParameterValue;
  }
  target.envelope.set_return_full(full);
  return std::nullopt;
}

// RFC 3461 4.4.
std::optional<Reply> ApplyEnvid(const Session&, ParameterValue value, Transaction& target) {
  auto id = value ? ParseEnvelopeId(*value) : std::nullopt;
  if (!id) {
    return kBadParameterValue;
  }
  target.envelope.set_envelope_id(*std::move(id));
  return std::nullopt;
}

// RFC 3461 4.1.
std::optional<Reply> ApplyNotify(const Session&, ParameterValue value, Recipient& target) {
  const auto list = value ? ParseNotify(*value) : std::nullopt;
  if (!list) {
    return kBadParameterValue;
  }
  target.notify = (list->never ? v1::NOTIFY_NEVER : 0u) |
                  (list->success ? v1::NOTIFY_SUCCESS : 0u) |
                  (list->failure ? v1::NOTIFY_FAILURE : 0u) | (list->delay ? v1::NOTIFY_DELAY : 0u);
  return std::nullopt;
}

// RFC 3461 4.2; RFC 6533 3: the form in plain UTF-8 needs SMTPUTF8, the other does not.
std::optional<Reply> ApplyOrcpt(const Session& session, ParameterValue value, Recipient& target) {
  auto original = value ? ParseOriginalRecipient(*value) : std::nullopt;
  if (!original || (!IsAscii(*value) && !session.transaction().envelope.smtputf8())) {
    return kBadParameterValue;
  }
  target.original_recipient = *std::move(original);
  return std::nullopt;
}

std::string DsnKeyword(const Session&) { return "DSN"; }

}  // namespace posthorn::smtp
