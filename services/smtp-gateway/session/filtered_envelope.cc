#include "smtp-gateway/session/filtered_envelope.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/session/delivery_start.h"

namespace posthorn::smtp {
namespace {

constexpr size_t kMaxTargets = 1'000;  // of one delivery (delivery.proto)

bool Contains(const std::vector<std::string>& list, const std::string& address) {
  return std::find(list.begin(), list.end(), address) != list.end();
}

// A path as MAIL and RCPT take it; nothing if it is none.
std::optional<Path> Parse(const std::string& address) {
  const std::string text = absl::StrCat("<", address, ">");
  std::string_view input = text;
  Path path;
  const bool read = ParsePath(&input, &path) == PathError::kNone && input.empty();
  return read && (path.null || !path.address.domain.empty()) ? std::optional(path) : std::nullopt;
}

void LogLeftOut(const Session& session, const std::string& address) {
  log::Warning("an address of a filter is left out",
               {{"session", session.id()}, {"address", address}});
}

asio::awaitable<absl::Status> AddRecipient(Session& session, const std::string& address) {
  Transaction& transaction = session.transaction();
  const std::optional<Path> path = Parse(address);
  if (!path || path->null) {
    LogLeftOut(session, address);
    co_return absl::OkStatus();
  }
  Recipient recipient;
  recipient.address = OutgoingAddress(*path, transaction.envelope.smtputf8());
  recipient.forward_path = path->text;
  const auto answer =
      co_await session.server().store->ResolveRecipient(path->address.ToString(), 0, session.id());
  if (answer.ok()) {
    recipient.account_ids.assign(answer->account_ids().begin(), answer->account_ids().end());
    recipient.outside.assign(answer->forwards().begin(), answer->forwards().end());
    recipient.forwarded = !recipient.outside.empty() && !answer->rewritten_sender();
  } else if (rpc::ReasonOf(answer.status()) == v1::ErrorDetail::REASON_NOT_LOCAL) {
    // The filter is ours: it may send copies anywhere.
    recipient.outside = {recipient.address};
    recipient.forwarded = true;
  } else if (rpc::IsTemporary(answer.status())) {
    co_return answer.status();
  }
  if (recipient.targets() == 0 || transaction.targets + recipient.targets() > kMaxTargets) {
    LogLeftOut(session, address);
    co_return absl::OkStatus();
  }
  transaction.targets += recipient.targets();
  transaction.recipients.push_back(std::move(recipient));
  co_return absl::OkStatus();
}

}  // namespace

asio::awaitable<absl::Status> ApplyEnvelope(Session& session, const filter::Envelope& before,
                                            const filter::Envelope& after) {
  Transaction& transaction = session.transaction();
  if (after.reverse_path != before.reverse_path) {
    if (const std::optional<Path> path = Parse(after.reverse_path)) {
      transaction.envelope.set_reverse_path(path->text);
    } else {
      LogLeftOut(session, after.reverse_path);
    }
  }
  std::erase_if(transaction.recipients, [&after](const Recipient& recipient) {
    return !Contains(after.recipients, recipient.address);
  });
  for (const std::string& address : after.recipients) {
    if (Contains(before.recipients, address)) {
      continue;
    }
    const absl::Status added = co_await AddRecipient(session, address);
    if (!added.ok()) {
      co_return added;
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::smtp
