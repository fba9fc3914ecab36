// Calls of a user that one visit to the database answers.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/caller.h"
#include "mailstore/db/pool.h"

namespace posthorn::store {

// Checks the caller's ticket, then runs perform(connection, account, request) in the pool, by its
// rules. `request` lives until the call has ended.
template <class Request, class Fn>
boost::asio::awaitable<absl::Status> Perform(Pool& pool, const TicketSigner& tickets,
                                             const Request& request, Fn perform) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets, request.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  auto run = [perform, account = *account, &request](Connection& connection) {
    return perform(connection, account, request);
  };
  co_return co_await pool.Run(std::move(run));
}

// The same for what has an answer: what answer(connection, account, request) returns if it is OK.
template <class Request, class Response, class Fn>
boost::asio::awaitable<absl::Status> Answer(Pool& pool, const TicketSigner& tickets,
                                            const Request& request, Response& response, Fn answer) {
  auto perform = [answer, &response](Connection& connection, AccountId account,
                                     const Request& asked) {
    absl::StatusOr<Response> result = answer(connection, account, asked);
    if (result.ok()) {
      response = *std::move(result);
    }
    return result.status();
  };
  return Perform(pool, tickets, request, std::move(perform));
}

}  // namespace posthorn::store
