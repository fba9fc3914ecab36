// What the gateway asks of mailstore. An interface so that sessions are tested without one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "posthorn/v1/auth.pb.h"
#include "posthorn/v1/delivery.pb.h"
#include "posthorn/v1/directory.pb.h"
#include "posthorn/v1/policy.pb.h"

namespace posthorn::smtp {

namespace asio = boost::asio;

// The stream of one large message. Destroying it before Finish cancels the delivery.
class DeliveryStream {
 public:
  virtual ~DeliveryStream() = default;
  // Waits until the frame has left: at most one is under way. An error ends the stream; Finish then
  // gives the reason.
  virtual asio::awaitable<absl::Status> Write(const v1::DeliverRequest& frame) = 0;
  // After the frame marked `last`, or a failed Write.
  virtual asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Finish() = 0;
};

// Errors are those of the calls in proto/posthorn/v1, their reason in the status (rpc::ReasonOf).
class MailStore {
 public:
  virtual ~MailStore() = default;

  virtual asio::awaitable<absl::StatusOr<v1::ResolveRecipientResponse>> ResolveRecipient(
      const std::string& address, uint64_t size, const std::string& session_id) = 0;

  // OK if the user may send from the address. Refreshes the grant when it is about to run out.
  virtual asio::awaitable<absl::Status> CheckSender(v1::Grant& grant, const std::string& address,
                                                    const std::string& session_id) = 0;

  virtual asio::awaitable<absl::StatusOr<v1::AuthenticateResponse>> Authenticate(
      const v1::AuthenticateRequest& request) = 0;

  // Policy.CheckGreylist and CountEvents. Who calls lets the client pass when there is no answer.
  virtual asio::awaitable<absl::StatusOr<v1::CheckGreylistResponse>> CheckGreylist(
      const v1::CheckGreylistRequest& request, const std::string& session_id) = 0;
  virtual asio::awaitable<absl::StatusOr<v1::CountEventsResponse>> CountEvents(
      const v1::CountEventsRequest& request, const std::string& session_id) = 0;

  // A message in one frame. Tried on one replica; `attempt` 1, 2, ... goes to others.
  virtual asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Deliver(
      const v1::DeliverRequest& message, int attempt) = 0;

  // A message in many, on one replica; `attempt` 1, 2, ... goes to others. `start` is what the
  // first frame will hold.
  virtual asio::awaitable<absl::StatusOr<std::unique_ptr<DeliveryStream>>> OpenDelivery(
      const v1::DeliverStart& start, int attempt) = 0;

  // What became of a delivery whose answer was lost; the answer is final. By any replica.
  virtual asio::awaitable<absl::StatusOr<v1::SettleDeliveryResponse>> SettleDelivery(
      const v1::DeliverStart& start) = 0;
};

}  // namespace posthorn::smtp
