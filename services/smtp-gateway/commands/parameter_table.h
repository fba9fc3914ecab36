// The parameters of MAIL and RCPT (RFC 5321 4.1.1.2, 4.1.1.3): a row each. An extension that adds
// one adds a row.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "smtp-gateway/commands/table.h"
#include "smtp-gateway/parser/parameters.h"
#include "smtp-gateway/reply/reply.h"
#include "smtp-gateway/session/transaction.h"

namespace posthorn::smtp {

template <typename Target>
struct ParameterRow {
  std::string_view keyword;
  // Takes the value into the target, or refuses the command.
  std::optional<Reply> (*apply)(const Session& session, std::optional<std::string_view> value,
                                Target& target);
  // Where the extension is not offered, its parameters are not known. Rows of one extension share
  // its line. Null: known without being offered.
  EhloKeyword ehlo;
  std::string_view rfc;
};

using MailParameter = ParameterRow<Transaction>;
using RcptParameter = ParameterRow<Recipient>;

std::span<const MailParameter> MailParameters();
std::span<const RcptParameter> RcptParameters();

// Applies all, or gives the reply that refuses them. RFC 5321 4.1.1.11: unknown ones are 555.
std::optional<Reply> ApplyParameters(const Session& session,
                                     const std::vector<Parameter>& parameters,
                                     Transaction& transaction);
std::optional<Reply> ApplyParameters(const Session& session,
                                     const std::vector<Parameter>& parameters,
                                     Recipient& recipient);

}  // namespace posthorn::smtp
