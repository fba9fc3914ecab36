// The Delivery service (delivery.proto).
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/delivery/deliveries.h"
#include "mailstore/delivery/incoming_body.h"
#include "mailstore/outbound/outgoing_scan.h"
#include "mailstore/store.h"
#include "posthorn/v1/delivery.grpc.pb.h"

namespace posthorn::store {

class DeliveryService final : public v1::Delivery::CallbackService {
 public:
  DeliveryService(runtime::Runtime& runtime, Store& store) : runtime_(runtime), store_(store) {}

  grpc::ServerReadReactor<v1::DeliverRequest>* Deliver(grpc::CallbackServerContext* context,
                                                       v1::DeliverResponse* response) override;
  grpc::ServerBidiReactor<v1::DeliverManyRequest, v1::DeliverManyResponse>* DeliverMany(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* SettleDelivery(grpc::CallbackServerContext* context,
                                           const v1::SettleDeliveryRequest* request,
                                           v1::SettleDeliveryResponse* response) override;

  // Calls of DeliverMany end when what they have taken is done. From any thread.
  void Drain();

 private:
  using Stream = rpc::ServerReader<v1::DeliverRequest>;

  boost::asio::awaitable<absl::Status> DoDeliver(Stream& stream, v1::DeliverResponse& response);
  boost::asio::awaitable<absl::Status> DeliverWhole(v1::DeliverRequest& message,
                                                    v1::DeliverResponse& response);
  // The rest after the start; `frame` is the first one, others come from the stream.
  boost::asio::awaitable<absl::Status> Receive(Stream* stream, const v1::DeliverStart& start,
                                               v1::DeliverRequest& frame,
                                               v1::DeliverResponse& response);
  // What of the delivery goes into the queue, and what its sender is told.
  boost::asio::awaitable<absl::Status> AddOutgoing(const v1::DeliverStart& start,
                                                   const OutgoingScan::Learnt& learnt,
                                                   const IncomingBody& body, AddOp& add);
  boost::asio::awaitable<absl::Status> DoSettle(const v1::SettleDeliveryRequest& request,
                                                v1::SettleDeliveryResponse& response);
  boost::asio::awaitable<absl::StatusOr<MailboxKey>> ResolveMailbox(AccountId account,
                                                                    std::string name);

  runtime::Runtime& runtime_;
  Store& store_;
  std::mutex mutex_;  // of all below
  std::vector<std::weak_ptr<Deliveries>> calls_;
  bool draining_ = false;
};

}  // namespace posthorn::store
