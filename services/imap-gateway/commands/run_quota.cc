// GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208 4.1). A quota root is the address of an account.
#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

constexpr std::uint64_t kUnit = 1024;  // RFC 9208 5.1

std::uint64_t Units(std::uint64_t octets) { return (octets + kUnit - 1) / kUnit; }

// RFC 9208 4.2.1: resources without a limit are not named.
void AppendQuota(std::string& out, const v1::GetQuotaResponse& quota) {
  out.append("* QUOTA ");
  AppendAstring(out, quota.root());
  const v1::QuotaLimits& limits = quota.limits();
  std::string resources;
  const auto add = [&resources](absl::string_view name, std::uint64_t used, std::uint64_t limit) {
    absl::StrAppend(&resources, resources.empty() ? "" : " ", name, " ", used, " ", limit);
  };
  if (limits.bytes() != 0) {
    add("STORAGE", Units(quota.used_bytes()), Units(limits.bytes()));
  }
  if (limits.messages() != 0) {
    add("MESSAGE", quota.used_messages(), limits.messages());
  }
  if (limits.mailboxes() != 0) {
    add("MAILBOX", quota.used_mailboxes(), limits.mailboxes());
  }
  absl::StrAppend(&out, " (", resources, ")\r\n");
}

asio::awaitable<absl::Status> Get(Session& session, v1::GetQuotaRequest request,
                                  v1::GetQuotaResponse& response) {
  co_return co_await session.store().Call<v1::Mailbox>(&MailboxMethods::GetQuota, request,
                                                       response);
}

}  // namespace

Done RunGetQuota(Session& session, QuotaRootArguments arguments) {
  v1::GetQuotaRequest request;
  request.set_root(std::move(arguments.root));
  v1::GetQuotaResponse response;
  const absl::Status status = co_await Get(session, std::move(request), response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  AppendQuota(session.out(), response);
  co_return Ok("Getquota completed");
}

Done RunGetQuotaRoot(Session& session, MailboxArguments arguments) {
  const absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::GetQuotaRequest request;
  request.set_mailbox(*name);
  v1::GetQuotaResponse response;
  const absl::Status status = co_await Get(session, std::move(request), response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::string& out = session.out();
  out.append("* QUOTAROOT ");
  AppendMailbox(out, *name, session.features().names());
  out.push_back(' ');
  AppendAstring(out, response.root());
  out.append("\r\n");
  AppendQuota(out, response);
  co_return Ok("Getquotaroot completed");
}

Done RunSetQuota(Session& session, SetQuotaArguments arguments) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 52;
  v1::SetQuotaLimitsRequest request;
  request.set_root(arguments.root);
  const bool zero = arguments.storage == 0 || arguments.messages == 0 || arguments.mailboxes == 0;
  if (zero || arguments.storage.value_or(1) > kMost) {
    // A limit of nothing is none in the contract; an account that may hold nothing has no INBOX.
    co_return No("CANNOT", "Limits are from 1 to 2^52");
  }
  request.mutable_limits()->set_bytes(arguments.storage.value_or(0) * kUnit);
  request.mutable_limits()->set_messages(arguments.messages.value_or(0));
  request.mutable_limits()->set_mailboxes(arguments.mailboxes.value_or(0));
  v1::SetQuotaLimitsResponse set;
  absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::SetQuotaLimits, request, set);
  v1::GetQuotaRequest again;
  again.set_root(std::move(arguments.root));
  v1::GetQuotaResponse response;
  if (status.ok()) {
    status = co_await Get(session, std::move(again), response);
  }
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  AppendQuota(session.out(), response);
  co_return Ok("Setquota completed");
}

}  // namespace posthorn::imap
