// The Policy service of the contract (policy.proto), for smtp-gateway.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <utility>

#include "absl/status/status.h"
#include "mailstore/db/pool.h"
#include "mailstore/policy/event_counter.h"
#include "posthorn/v1/policy.grpc.pb.h"

namespace posthorn::store {

// Handlers run as coroutines on `executor`. All that is passed must outlive the server.
class PolicyService final : public v1::Policy::CallbackService {
 public:
  PolicyService(boost::asio::any_io_executor executor, Pool& database)
      : executor_(std::move(executor)), database_(database) {}

  grpc::ServerUnaryReactor* CheckGreylist(grpc::CallbackServerContext* context,
                                          const v1::CheckGreylistRequest* request,
                                          v1::CheckGreylistResponse* response) override;
  grpc::ServerUnaryReactor* CountEvents(grpc::CallbackServerContext* context,
                                        const v1::CountEventsRequest* request,
                                        v1::CountEventsResponse* response) override;

 private:
  using Outcome = boost::asio::awaitable<absl::Status>;

  Outcome DoCheckGreylist(const v1::CheckGreylistRequest& request,
                          v1::CheckGreylistResponse& response);
  Outcome DoCountEvents(const v1::CountEventsRequest& request, v1::CountEventsResponse& response);

  const boost::asio::any_io_executor executor_;
  Pool& database_;
  EventCounter counter_;
};

}  // namespace posthorn::store
