#include "smtp-gateway/client/hello.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace posthorn::client {
namespace {

Refusal FromReply(absl::StatusOr<Reply> reply) {
  if (!reply.ok()) {
    return {reply.status(), {}};
  }
  if (reply->positive()) {
    return {};
  }
  return {absl::FailedPreconditionError(reply->Text()), *std::move(reply)};
}

bool Offers(const Extensions& extensions, absl::string_view mechanism) {
  return std::find(extensions.auth.begin(), extensions.auth.end(), mechanism) !=
         extensions.auth.end();
}

}  // namespace

asio::awaitable<Refusal> AwaitGreeting(Connection& connection) {
  absl::StatusOr<Reply> reply = co_await connection.ReadReply(connection.timeouts().greeting);
  co_return FromReply(std::move(reply));
}

asio::awaitable<Hello> SayHello(Connection& connection, const std::string& hostname, bool lmtp) {
  const auto timeout = connection.timeouts().command;
  const std::string command = absl::StrCat(lmtp ? "LHLO " : "EHLO ", hostname);
  absl::StatusOr<Reply> reply = co_await connection.Ask(command, timeout);
  Hello hello;
  if (reply.ok() && reply->positive()) {
    hello.accepted = true;
    hello.extensions = ParseExtensions(*reply);
    co_return hello;
  }
  if (reply.ok() && reply->permanent() && !lmtp) {
    const std::string plain = absl::StrCat("HELO ", hostname);
    reply = co_await connection.Ask(plain, timeout);
  }
  hello.refusal = FromReply(std::move(reply));
  hello.accepted = hello.refusal.status.ok();
  co_return hello;
}

asio::awaitable<StartTlsResult> StartTls(Connection& connection, net::SslPtr session) {
  StartTlsResult result;
  absl::StatusOr<Reply> reply = co_await connection.Ask("STARTTLS", connection.timeouts().command);
  if (!reply.ok()) {
    result.asked = true;
    result.status = reply.status();
    co_return result;
  }
  if (!reply->positive()) {
    result.status = absl::FailedPreconditionError(reply->Text());
    result.reply = *std::move(reply);
    co_return result;
  }
  result.asked = true;
  if (connection.HasUnaskedInput()) {
    // Injected before TLS, it would be read as if it came under TLS.
    result.status = absl::InvalidArgumentError("octets came between STARTTLS and TLS");
    co_return result;
  }
  connection.stream().ExpiresAfter(connection.timeouts().tls);
  result.status = co_await connection.stream().StartClientTls(std::move(session));
  co_return result;
}

asio::awaitable<Refusal> Authenticate(Connection& connection, const Extensions& extensions,
                                      const std::string& username, const std::string& password) {
  const auto timeout = connection.timeouts().command;
  if (Offers(extensions, "PLAIN")) {
    const std::string response = std::string(1, '\0') + username + '\0' + password;
    const std::string command = absl::StrCat("AUTH PLAIN ", absl::Base64Escape(response));
    absl::StatusOr<Reply> reply = co_await connection.Ask(command, timeout);
    co_return FromReply(std::move(reply));
  }
  if (!Offers(extensions, "LOGIN")) {
    co_return Refusal{absl::FailedPreconditionError("the server offers neither PLAIN nor LOGIN"),
                      {}};
  }
  absl::StatusOr<Reply> reply = co_await connection.Ask("AUTH LOGIN", timeout);
  for (const std::string* answer : {&username, &password}) {
    if (!reply.ok() || reply->code != 334) {
      break;
    }
    const std::string encoded = absl::Base64Escape(*answer);
    reply = co_await connection.Ask(encoded, timeout);
  }
  co_return FromReply(std::move(reply));
}

}  // namespace posthorn::client
