// A user's login as a gateway keeps it: the SASL exchange with mailstore and the ticket, refreshed
// before it runs out.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/net/stream.h"
#include "common/rpc/mailstore_pool.h"
#include "posthorn/v1/auth.pb.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::gateway {

// Base64url of 9 random octets: the id of a session in logs and RPCs.
std::string NewSessionId();

// 16 random octets, for a write that may be repeated.
std::string NewIdempotencyKey();

class Login {
 public:
  Login(const rpc::MailstorePool& mailstore, std::string session_id, v1::Grant grant)
      : mailstore_(mailstore), session_id_(std::move(session_id)), grant_(std::move(grant)) {}

  uint64_t account_id() const { return grant_.account_id(); }
  const std::string& address() const { return grant_.address(); }
  // The last one, which Caller may have refreshed.
  const v1::Grant& grant() const { return grant_; }
  // Capabilities hidden from this account, upper case.
  const google::protobuf::RepeatedPtrField<std::string>& hidden_capabilities() const {
    return grant_.hidden_capabilities();
  }
  // Picks the replica that owns the account.
  uint64_t key() const { return rpc::KeyOf(grant_.account_id()); }

  // For an RPC about to be made. Refreshes the ticket when less than this is left of it.
  boost::asio::awaitable<absl::StatusOr<v1::Caller>> Caller(
      std::chrono::seconds least_left = std::chrono::minutes(2));

 private:
  const rpc::MailstorePool& mailstore_;
  std::string session_id_;
  v1::Grant grant_;
};

struct SaslRequest {
  std::string mechanism;               // upper case
  std::vector<std::string> responses;  // decoded, all so far
  std::string protocol;                // "imap", "pop3", "submission"
  std::string session_id;
};

// One step: the next challenge (decoded), or the grant. Errors as Auth.Authenticate.
boost::asio::awaitable<absl::StatusOr<std::variant<std::string, v1::Grant>>> SaslStep(
    const rpc::MailstorePool& mailstore, const net::Stream& stream, const SaslRequest& request);

// The responses of PLAIN (RFC 4616) for a user and password given in the clear.
std::string PlainResponse(absl::string_view user, absl::string_view password);

}  // namespace posthorn::gateway
