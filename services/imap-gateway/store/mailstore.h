#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/gateway/login.h"
#include "common/rpc/client_call.h"
#include "common/rpc/mailstore_pool.h"
#include "imap-gateway/store/progress.h"
#include "posthorn/v1/common.pb.h"
#include "posthorn/v1/mailbox.grpc.pb.h"
#include "posthorn/v1/message.grpc.pb.h"
#include "posthorn/v1/metadata.grpc.pb.h"

namespace posthorn::imap {

namespace asio = boost::asio;

using MailboxMethods = v1::Mailbox::StubInterface::async_interface;
using MetadataMethods = v1::Metadata::StubInterface::async_interface;
using MessageMethods = v1::Message::StubInterface::async_interface;

inline constexpr std::chrono::seconds kCallTimeout{30};
// For SEARCH, SORT and THREAD: a mailbox may take long to read, and the client is told meanwhile.
inline constexpr std::chrono::minutes kSearchTimeout{10};
inline constexpr std::chrono::hours kStreamTimeout{1};

// mailstore as one logged-in session calls it: with its ticket and session id, on the replica that
// its account prefers, on the next where that is away. Belongs to the session's executor.
class Mailstore {
 public:
  // `progress`: while a call takes long.
  Mailstore(rpc::MailstorePool& pool, gateway::Login login, Progress progress = {})
      : pool_(pool), login_(std::move(login)), search_progress_(std::move(progress)) {
    call_progress_.tell = search_progress_.tell;
    call_progress_.tell_every = search_progress_.tell_every;
  }

  // One unary call of `Service`, a service class of the contract:
  //   co_await store.Call<v1::Message>(&MessageMethods::OpenMailbox, request, response);
  // Fills request.caller. Request and response outlive the await. A call that takes long is
  // cancelled when the client turns out to be gone.
  template <class Service, class Request, class Response>
  asio::awaitable<absl::Status> Call(rpc::UnaryMethod<Service, Request, Response> method,
                                     Request& request, Response& response) {
    return Run<Service>(method, request, response, kCallTimeout, call_progress_);
  }

  // The same for a search: it may take minutes, changes nothing, and is cancelled as soon as the
  // client has left.
  template <class Service, class Request, class Response>
  asio::awaitable<absl::Status> Search(rpc::UnaryMethod<Service, Request, Response> method,
                                       Request& request, Response& response) {
    return Run<Service>(method, request, response, kSearchTimeout, search_progress_);
  }

  // The login; its ticket lives on only if Caller() is called at least every two minutes.
  gateway::Login& login() { return login_; }
  const gateway::Login& login() const { return login_; }
  rpc::MailstorePool& pool() { return pool_; }

 private:
  template <class Service, class Request, class Response>
  asio::awaitable<absl::Status> Run(rpc::UnaryMethod<Service, Request, Response> method,
                                    Request& request, Response& response,
                                    std::chrono::milliseconds timeout, const Progress& progress) {
    auto caller = co_await login_.Caller();
    if (!caller.ok()) {
      co_return caller.status();
    }
    *request.mutable_caller() = *std::move(caller);
    rpc::CallLink::Cancel running;  // empty unless a call is under way
    const auto cancel = [&running] {
      if (running) {
        running();
      }
    };
    auto ask = rpc::CallShort<Service>(pool_, login_.key(), timeout, method, std::as_const(request),
                                       response, &running);
    co_return co_await WithProgress(progress, std::move(ask), cancel);
  }

  rpc::MailstorePool& pool_;
  gateway::Login login_;
  Progress search_progress_;
  Progress call_progress_;  // without a look whether the client has left: what it began is done
};

}  // namespace posthorn::imap
