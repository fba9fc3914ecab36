#include "common/gateway/login.h"

#include <openssl/rand.h>

#include <chrono>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/client_call.h"
#include "posthorn/v1/auth.grpc.pb.h"

namespace posthorn::gateway {
namespace {

using AuthMethods = v1::Auth::StubInterface::async_interface;

constexpr std::chrono::seconds kTimeout{20};

std::string RandomOctets(size_t count) {
  std::string octets(count, '\0');
  // Without randomness nothing that follows can be trusted.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) != 1) {
    std::abort();
  }
  return octets;
}

int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::string NewSessionId() { return absl::WebSafeBase64Escape(RandomOctets(9)); }
std::string NewIdempotencyKey() { return RandomOctets(16); }

std::string PlainResponse(absl::string_view user, absl::string_view password) {
  return absl::StrCat(absl::string_view("\0", 1), user, absl::string_view("\0", 1), password);
}

boost::asio::awaitable<absl::StatusOr<v1::Caller>> Login::Caller(std::chrono::seconds least_left) {
  if (NowSeconds() > grant_.expires_at_unix_seconds() - least_left.count()) {
    v1::RefreshTicketRequest request;
    request.set_ticket(grant_.ticket());
    v1::RefreshTicketResponse response;
    const absl::Status status = co_await rpc::CallShort<v1::Auth>(
        mailstore_, key(), kTimeout, &AuthMethods::RefreshTicket, request, response);
    if (!status.ok()) {
      co_return status;
    }
    grant_ = response.grant();
  }
  v1::Caller caller;
  caller.set_ticket(grant_.ticket());
  caller.set_session_id(session_id_);
  co_return caller;
}

boost::asio::awaitable<absl::StatusOr<std::variant<std::string, v1::Grant>>> SaslStep(
    const rpc::MailstorePool& mailstore, const net::Stream& stream, const SaslRequest& request) {
  v1::AuthenticateRequest rpc_request;
  rpc_request.set_mechanism(request.mechanism);
  for (const std::string& response : request.responses) {
    rpc_request.add_responses(response);
  }
  rpc_request.set_protocol(request.protocol);
  rpc_request.set_peer_address(stream.peer().address().to_string());
  rpc_request.set_tls(stream.is_tls());
  rpc_request.set_session_id(request.session_id);
  v1::AuthenticateResponse response;
  // The first response names the user in PLAIN and LOGIN: one user's logins meet in one replica,
  // where a password that was right a moment ago need not be hashed again.
  const uint64_t key =
      rpc::KeyOf(request.responses.empty() ? absl::string_view() : request.responses.front());
  const absl::Status status = co_await rpc::CallShort<v1::Auth>(
      mailstore, key, kTimeout, &AuthMethods::Authenticate, rpc_request, response);
  if (!status.ok()) {
    co_return status;
  }
  if (response.has_grant()) {
    co_return std::variant<std::string, v1::Grant>(std::move(*response.mutable_grant()));
  }
  co_return std::variant<std::string, v1::Grant>(std::move(*response.mutable_challenge()));
}

}  // namespace posthorn::gateway
