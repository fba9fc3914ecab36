#include "mailstore/outbound/tls_policies.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/outbound/clean_text.h"
#include "mailstore/outbound/tls_policy_rows.h"
#include "mailstore/outbound/tls_report_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxPolicy = 64 * 1'024;  // RFC 8461 3.2
constexpr size_t kMaxId = 32;              // RFC 8461 3.1
constexpr uint32_t kMaxAge = 31'557'600;   // RFC 8461 3.2
constexpr int kMaxSessions = 1'000;
constexpr int kMaxReceivers = 5;
constexpr size_t kMaxText = 256;  // of hosts, addresses and kinds

bool IsText(absl::string_view text, size_t most) {
  return text.size() <= most && text.find('\0') == absl::string_view::npos;
}

absl::Status Invalid(absl::string_view why) { return absl::InvalidArgumentError(why); }

bool IsSound(const v1::TlsSessions& sessions) {
  return !sessions.domain().empty() && IsText(sessions.policy(), kMaxPolicy) &&
         IsText(sessions.domain(), kMaxText) && IsText(sessions.policy_type(), kMaxText) &&
         IsText(sessions.mx_host(), kMaxText) && IsText(sessions.failure_type(), kMaxText) &&
         IsText(sessions.receiving_ip(), kMaxText) && IsText(sessions.sending_ip(), kMaxText);
}

// Kept side by side; mail addresses go into a header.
bool IsReceiver(const std::string& address) {
  const bool printable = std::all_of(address.begin(), address.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  return IsText(address, kMaxText) &&
         (IsHttpsUri(address)
              ? printable
              : address.find(' ') == std::string::npos && ParseLocalAddress(address).ok());
}

bool IsSound(const v1::TlsReportReceiver& receiver) {
  return ParseDomain(receiver.domain()).ok() && receiver.addresses_size() <= kMaxReceivers &&
         std::all_of(receiver.addresses().begin(), receiver.addresses().end(), IsReceiver);
}

}  // namespace

asio::awaitable<absl::Status> GetStsPolicy(Pool& database, const v1::GetStsPolicyRequest& request,
                                           v1::GetStsPolicyResponse& response) {
  const absl::StatusOr<std::string> domain = ParseDomain(request.domain());
  if (!domain.ok()) {
    co_return domain.status();
  }
  auto load = [&domain](Connection& connection) -> absl::StatusOr<v1::StsPolicy> {
    std::optional<v1::StsPolicy> policy = LoadStsPolicy(connection, *domain);
    if (!policy.has_value()) {
      return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                            absl::StrCat("no policy of ", *domain, " is known"));
    }
    return *std::move(policy);
  };
  absl::StatusOr<v1::StsPolicy> policy = co_await database.Run(std::move(load));
  if (policy.ok()) {
    response.mutable_policy()->Swap(&*policy);
  }
  co_return policy.status();
}

asio::awaitable<absl::Status> PutStsPolicy(Pool& database, const v1::PutStsPolicyRequest& request) {
  const absl::StatusOr<std::string> domain = ParseDomain(request.domain());
  if (!domain.ok()) {
    co_return domain.status();
  }
  const v1::StsPolicy& policy = request.policy();
  if (policy.id().empty() || !IsText(policy.id(), kMaxId) || !IsText(policy.text(), kMaxPolicy) ||
      policy.max_age_seconds() > kMaxAge) {
    co_return Invalid("a policy has an id of 1 to 32 octets, 64 KiB of text, and lasts a year");
  }
  auto save = [&domain, &policy](Connection& connection) {
    SaveStsPolicy(connection, *domain, policy);
    return absl::OkStatus();
  };
  co_return co_await database.Run(std::move(save));
}

asio::awaitable<absl::Status> CountTlsSessions(Pool& database,
                                               const v1::CountTlsSessionsRequest& request) {
  if (request.sessions_size() > kMaxSessions || request.receivers_size() > kMaxSessions) {
    co_return Invalid("at most 1,000 kinds of sessions");
  }
  for (const v1::TlsSessions& one : request.sessions()) {
    if (!IsSound(one)) {
      co_return Invalid("sessions without a domain, or a text that is too long");
    }
  }
  for (const v1::TlsReportReceiver& one : request.receivers()) {
    if (!IsSound(one)) {
      co_return Invalid("receivers of reports without a domain, or without addresses");
    }
  }
  if (request.sessions().empty()) {
    co_return absl::OkStatus();
  }
  auto add = [&request](Connection& connection) {
    AddTlsSessions(connection, request);
    return absl::OkStatus();
  };
  co_return co_await database.Run(std::move(add));
}

}  // namespace posthorn::store
