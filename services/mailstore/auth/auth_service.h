// The Auth service of the contract (auth.proto).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "common/rpc/link_server.h"
#include "mailstore/auth/authenticator.h"
#include "mailstore/auth/sasl_exchange.h"
#include "mailstore/auth/ticket.h"
#include "posthorn/v1/auth.grpc.pb.h"

namespace posthorn::store {

// Handlers run as coroutines on `executor`. All that is passed must outlive the server.
class AuthService final : public v1::Auth::CallbackService {
 public:
  AuthService(boost::asio::any_io_executor executor, Authenticator& authenticator,
              const TicketSigner& tickets);

  // Adds what links answer of this service.
  void Serve(rpc::LinkMethods& methods);

  grpc::ServerUnaryReactor* Authenticate(grpc::CallbackServerContext* context,
                                         const v1::AuthenticateRequest* request,
                                         v1::AuthenticateResponse* response) override;
  grpc::ServerUnaryReactor* RefreshTicket(grpc::CallbackServerContext* context,
                                          const v1::RefreshTicketRequest* request,
                                          v1::RefreshTicketResponse* response) override;

 private:
  boost::asio::awaitable<absl::Status> DoAuthenticate(const v1::AuthenticateRequest& request,
                                                      v1::AuthenticateResponse& response);
  boost::asio::awaitable<absl::Status> DoRefresh(const v1::RefreshTicketRequest& request,
                                                 v1::RefreshTicketResponse& response);
  void Grant(const Login& login, v1::Grant& grant) const;

  const boost::asio::any_io_executor executor_;
  Authenticator& authenticator_;
  const TicketSigner& tickets_;
  const SaslMechanisms mechanisms_;
};

}  // namespace posthorn::store
