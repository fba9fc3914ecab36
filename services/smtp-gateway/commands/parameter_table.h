// The parameters of MAIL (RFC 5321 4.1.1.2): a row each. An extension that adds one adds a row.
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

struct ParameterRow {
  std::string_view keyword;
  // Takes the value into the transaction, or refuses the command.
  std::optional<Reply> (*apply)(const Session& session, std::optional<std::string_view> value,
                                Transaction& transaction);
  EhloKeyword ehlo;  // null: offered through another row
  std::string_view rfc;
};

std::span<const ParameterRow> MailParameters();

// Applies all, or gives the reply that refuses them. RFC 5321 4.1.1.11: unknown ones are 555.
std::optional<Reply> ApplyParameters(const Session& session, std::span<const ParameterRow> rows,
                                     const std::vector<Parameter>& parameters,
                                     Transaction& transaction);

}  // namespace posthorn::smtp
