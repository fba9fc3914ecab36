#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mailctl/account_batch.h"
#include "mailctl/commands.h"
#include "mailctl/password_prompt.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {
namespace {

// What mailstore takes in one call, and in one page of a list.
constexpr size_t kAccountsAtOnce = 1'000;
constexpr uint32_t kAccountsPerPage = 1'000;
constexpr size_t kMaxBatchOctets = 256 * 1024 * 1024;
// Password hashes are slow on purpose.
constexpr std::chrono::seconds kHashingTime{300};

absl::Status SendBatch(Invocation& invocation, const v1::AddAccountsRequest& request) {
  v1::AddAccountsResponse response;
  return invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.AddAccounts(context, request, &response); },
      request.accounts_size() > 1 ? kHashingTime : std::chrono::seconds(0));
}

absl::StatusOr<std::string> AddBatch(Invocation& invocation, uint64_t quota) {
  const absl::StatusOr<std::string> text = ReadStdin(kMaxBatchOctets);
  if (!text.ok()) {
    return text.status();
  }
  const absl::StatusOr<std::vector<BatchLine>> lines = ParseBatch(*text);
  if (!lines.ok()) {
    return lines.status();
  }
  for (size_t begin = 0; begin < lines->size(); begin += kAccountsAtOnce) {
    v1::AddAccountsRequest request;
    for (size_t i = begin; i < std::min(begin + kAccountsAtOnce, lines->size()); ++i) {
      v1::NewAccount* account = request.add_accounts();
      account->set_address((*lines)[i].address);
      account->set_password((*lines)[i].password);
      account->set_quota_bytes(quota);
    }
    if (const absl::Status status = SendBatch(invocation, request); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat(status.message(), " (", begin, " of ",
                                                      lines->size(), " accounts were made)"));
    }
  }
  return absl::StrCat(lines->size(), " accounts added\n");
}

absl::Status Send(Invocation& invocation, const v1::SetQuotaRequest& request) {
  v1::SetQuotaResponse response;
  return invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.SetQuota(context, request, &response); });
}

}  // namespace

absl::StatusOr<std::string> AddAccount(Invocation& invocation) {
  uint64_t quota = 0;
  if (!invocation.line.quota.empty()) {
    const absl::StatusOr<uint64_t> size = ParseSize(invocation.line.quota);
    if (!size.ok()) {
      return size.status();
    }
    quota = *size;
  }
  if (invocation.line.batch != invocation.arguments.empty()) {
    return absl::InvalidArgumentError("account add takes an address, or --batch");
  }
  if (invocation.line.batch) {
    return AddBatch(invocation, quota);
  }
  const absl::StatusOr<std::string> password = AskPassword(invocation.arguments[0]);
  if (!password.ok()) {
    return password.status();
  }
  v1::AddAccountsRequest request;
  v1::NewAccount* account = request.add_accounts();
  account->set_address(invocation.arguments[0]);
  account->set_password(*password);
  account->set_quota_bytes(quota);
  if (const absl::Status status = SendBatch(invocation, request); !status.ok()) {
    return status;
  }
  return absl::StrCat("account ", account->address(), " added\n");
}

absl::StatusOr<std::string> ListAccounts(Invocation& invocation) {
  v1::ListAccountsRequest request;
  if (!invocation.arguments.empty()) {
    request.set_domain(invocation.arguments[0]);
  }
  request.set_limit(kAccountsPerPage);
  Table table{{"address", "messages", "used", "quota"}, {}};
  v1::ListAccountsResponse response;
  do {
    const absl::Status status = invocation.mailstore.Call([&](auto& admin, auto* context) {
      return admin.ListAccounts(context, request, &response);
    });
    if (!status.ok()) {
      return status;
    }
    for (const v1::Account& account : response.accounts()) {
      table.rows.push_back({account.address(), uint64_t{account.used_messages()},
                            uint64_t{account.used_bytes()}, uint64_t{account.quota_bytes()}});
      request.set_after(account.address());
    }
  } while (response.accounts_size() == static_cast<int>(kAccountsPerPage));
  return invocation.line.json ? table.ToJson() : table.ToText();
}

absl::StatusOr<std::string> RemoveAccount(Invocation& invocation) {
  v1::RemoveAccountRequest request;
  v1::RemoveAccountResponse response;
  request.set_address(invocation.arguments[0]);
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.RemoveAccount(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat("account ", request.address(), " removed\n");
}

absl::StatusOr<std::string> SetPassword(Invocation& invocation) {
  const absl::StatusOr<std::string> password = AskPassword(invocation.arguments[0]);
  if (!password.ok()) {
    return password.status();
  }
  v1::SetPasswordRequest request;
  v1::SetPasswordResponse response;
  request.set_address(invocation.arguments[0]);
  request.set_password(*password);
  const absl::Status status = invocation.mailstore.Call(
      [&](auto& admin, auto* context) { return admin.SetPassword(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat("password of ", request.address(), " set\n");
}

absl::StatusOr<std::string> SetQuota(Invocation& invocation) {
  v1::SetQuotaRequest request;
  request.set_address(invocation.arguments[0]);
  std::string said;
  const auto limit = [&said](absl::string_view text, absl::string_view unit) {
    absl::StatusOr<uint64_t> size = ParseSize(text);
    if (size.ok()) {
      absl::StrAppend(&said, said.empty() ? "" : ", ",
                      *size == 0 ? "none" : absl::StrCat(*size, " ", unit));
    }
    return size;
  };
  const absl::StatusOr<uint64_t> bytes = limit(invocation.arguments[1], "octets");
  if (!bytes.ok()) {
    return bytes.status();
  }
  request.set_quota_bytes(*bytes);
  if (!invocation.line.messages.empty()) {
    const absl::StatusOr<uint64_t> messages = limit(invocation.line.messages, "messages");
    if (!messages.ok()) {
      return messages.status();
    }
    request.set_quota_messages(*messages);
  }
  if (!invocation.line.mailboxes.empty()) {
    const absl::StatusOr<uint64_t> mailboxes = limit(invocation.line.mailboxes, "mailboxes");
    if (!mailboxes.ok()) {
      return mailboxes.status();
    }
    request.set_quota_mailboxes(*mailboxes);
  }
  if (const absl::Status status = Send(invocation, request); !status.ok()) {
    return status;
  }
  return absl::StrCat("quota of ", request.address(), " set to ", said, "\n");
}

absl::StatusOr<std::string> SetQuotaAdmin(Invocation& invocation) {
  const std::string& word = invocation.arguments[1];
  if (word != "on" && word != "off") {
    return absl::InvalidArgumentError("account quota-admin takes on or off");
  }
  v1::SetQuotaRequest request;
  request.set_address(invocation.arguments[0]);
  request.set_may_set_quota(word == "on");
  if (const absl::Status status = Send(invocation, request); !status.ok()) {
    return status;
  }
  return absl::StrCat(request.address(), word == "on" ? " may" : " may not",
                      " set the quota of accounts of its domain\n");
}

absl::StatusOr<std::string> SetSendingLimit(Invocation& invocation) {
  v1::SetSendingLimitRequest request;
  request.set_address(invocation.arguments[0]);
  const std::string& word = invocation.arguments[1];
  uint32_t limit = 0;
  if (word != "default" && (!absl::SimpleAtoi(word, &limit) || limit == 0)) {
    return absl::InvalidArgumentError("account limit takes a number of recipients, or default");
  }
  request.set_recipients_per_day(limit);
  v1::SetSendingLimitResponse response;
  const absl::Status status = invocation.mailstore.CallQueue([&](auto& queue, auto* context) {
    return queue.SetSendingLimit(context, request, &response);
  });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat(
      request.address(), " may send to ",
      limit == 0 ? "as many recipients a day as others" : absl::StrCat(limit, " recipients a day"),
      "\n");
}

}  // namespace posthorn::mailctl
