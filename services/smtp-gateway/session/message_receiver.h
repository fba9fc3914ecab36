// Takes the octets of one message and hands them to mailstore, holding at most one frame of them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mail/header.h"
#include "posthorn/v1/delivery.pb.h"
#include "smtp-gateway/reply/reply.h"
#include "smtp-gateway/session/limits.h"
#include "smtp-gateway/store/mail_store.h"

namespace posthorn::smtp {

// A message that fits one frame is delivered in one call, and repeated with its idempotency key
// when the answer is lost. A longer one streams while it comes in: mailstore takes nothing before
// the last frame. What is still unknown then is settled by the key, so that a refusal means that
// the message is nowhere. A refusal on the way is remembered; the octets that follow are thrown
// away.
//
// Used by one coroutine of a session. Cancels what was begun when it is destroyed before Finish.
class MessageReceiver {
 public:
  // `trace` is the header that goes before the client's octets. `start` needs no size.
  MessageReceiver(MailStore& store, const Limits& limits, v1::DeliverStart start,
                  const std::string& trace, uint64_t declared_octets);

  // Octets that may be appended to frame() before the next Push.
  size_t Room() const;
  // The caller appends here. Not to be used while refused().
  std::string* frame() { return request_.mutable_data(); }
  // Looks at what was appended since the last Push and sends a frame that is full.
  asio::awaitable<void> Push();

  // The message will not be accepted, whatever comes. The first reason counts.
  void Refuse(const Reply& reply);
  bool refused() const { return refusal_.has_value(); }
  const std::optional<Reply>& refusal() const { return refusal_; }

  // After the last octet. A 250 means that mailstore has committed the message.
  struct Outcome {
    std::optional<Reply> refusal;
    std::string delivery_id;  // when accepted
  };
  asio::awaitable<Outcome> Finish();

  // Octets from the client so far.
  uint64_t octets() const { return octets_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Result = absl::StatusOr<v1::DeliverResponse>;

  asio::awaitable<void> SendFrame();
  // Opens the stream on a replica if there is none yet. An error has ended the stream.
  asio::awaitable<absl::Status> TrySendFrame(int attempt);
  // Sets `unknown` if an attempt may have delivered the message and no later one told.
  asio::awaitable<Result> DeliverWhole(Clock::time_point deadline, bool* unknown);
  // The last frame of a stream and its answer.
  asio::awaitable<Result> EndStream(bool* unknown);
  // The response if the message was delivered, else `failure`: it never will be, unless nobody
  // could be asked in time.
  asio::awaitable<Result> Settle(absl::Status failure, Clock::time_point deadline);

  MailStore& store_;
  const Limits& limits_;
  const v1::DeliverStart start_;
  v1::DeliverRequest request_;  // holds the current frame
  std::unique_ptr<DeliveryStream> stream_;
  mail::ReceivedCounter hops_;
  size_t pushed_ = 0;  // octets of the frame that Push has seen
  uint64_t octets_ = 0;
  std::optional<Reply> refusal_;
};

}  // namespace posthorn::smtp
