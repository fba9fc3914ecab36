// The handlers named in the tables of parameters, and the EHLO lines of their extensions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "smtp-gateway/reply/reply.h"
#include "smtp-gateway/session/transaction.h"

namespace posthorn::smtp {

class Session;
using ParameterValue = std::optional<std::string_view>;

inline constexpr Reply kBadParameterValue{501, "5.5.4", "Parameter has a bad value"};

// mail_parameters.cc
std::optional<Reply> ApplySize(const Session& session, ParameterValue value, Transaction& target);
std::optional<Reply> ApplyBody(const Session& session, ParameterValue value, Transaction& target);
std::optional<Reply> ApplySmtpUtf8(const Session& session, ParameterValue value,
                                   Transaction& target);
std::optional<Reply> ApplyAuth(const Session& session, ParameterValue value, Transaction& target);
std::optional<Reply> ApplyRequireTls(const Session& session, ParameterValue value,
                                     Transaction& target);
std::optional<Reply> ApplySolicit(const Session& session, ParameterValue value,
                                  Transaction& target);
std::string SizeKeyword(const Session& session);
std::string BodyKeyword(const Session& session);
std::string SmtpUtf8Keyword(const Session& session);
std::string RequireTlsKeyword(const Session& session);
std::string SolicitKeyword(const Session& session);

// dsn_parameters.cc
std::optional<Reply> ApplyRet(const Session& session, ParameterValue value, Transaction& target);
std::optional<Reply> ApplyEnvid(const Session& session, ParameterValue value, Transaction& target);
std::optional<Reply> ApplyNotify(const Session& session, ParameterValue value, Recipient& target);
std::optional<Reply> ApplyOrcpt(const Session& session, ParameterValue value, Recipient& target);
std::string DsnKeyword(const Session& session);

// delivery_parameters.cc
std::optional<Reply> ApplyBy(const Session& session, ParameterValue value, Transaction& target);
std::optional<Reply> ApplyHoldFor(const Session& session, ParameterValue value,
                                  Transaction& target);
std::optional<Reply> ApplyHoldUntil(const Session& session, ParameterValue value,
                                    Transaction& target);
std::optional<Reply> ApplyPriority(const Session& session, ParameterValue value,
                                   Transaction& target);
std::string DeliverByKeyword(const Session& session);
std::string FutureReleaseKeyword(const Session& session);
std::string PriorityKeyword(const Session& session);

}  // namespace posthorn::smtp
