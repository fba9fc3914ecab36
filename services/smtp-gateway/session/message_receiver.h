// Takes the octets of one message and hands them to mailstore, holding at most one frame of them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mail/header.h"
#include "posthorn/v1/common.pb.h"
#include "posthorn/v1/delivery.pb.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/filter/verdict.h"
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
// The header of a submitted message is gathered whole and completed before anything is sent.
//
// A message that is to be filtered is held, whatever its size, and delivered in the end.
//
// Used by one coroutine of a session. Cancels what was begun when it is destroyed before Finish.
class MessageReceiver {
 public:
  // Makes another header of one, each with its empty line; the client's may lack it. OUT_OF_RANGE
  // if it is too long.
  using HeaderEdit = std::function<absl::StatusOr<std::string>(absl::string_view header)>;

  // `trace` is the header that goes before the client's octets. `start` needs no size. Without
  // `edit` the header goes on as it comes.
  MessageReceiver(MailStore& store, const Limits& limits, v1::DeliverStart start,
                  const std::string& trace, uint64_t declared_octets, HeaderEdit edit = nullptr);

  // What filters made of a message: to whom it goes (without a key and a session), and under which
  // trace header. Its own octets they have changed in place.
  struct Filtered {
    filter::Verdict verdict;
    v1::DeliverStart start;
    std::string trace;
  };
  using Filter = std::function<asio::awaitable<Filtered>(filter::HeldMessage& message)>;
  // Before the first octet, and only with an edit of the header.
  void HoldFor(filter::SpoolSpace& space, Filter filter);

  // Octets that may be appended to frame() before the next Push.
  size_t Room() const;
  // The caller appends here. Not to be used while refused().
  std::string* frame() { return edit_ ? &header_ : request_.mutable_data(); }
  // Looks at what was appended since the last Push and sends a frame that is full.
  asio::awaitable<void> Push();

  // The message will not be accepted, whatever comes. The first reason counts.
  void Refuse(const Reply& reply);
  // In a filter's words.
  void Refuse(filter::Verdict refusal);
  bool refused() const { return refusal_.has_value(); }
  const std::optional<Reply>& refusal() const { return refusal_; }
  // Mailstore's, if it was mailstore that refused.
  v1::ErrorDetail::Reason reason() const { return reason_; }

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

  void Fail(const absl::Status& failure);
  // Moves the frame to what is held.
  void HoldFrame();
  // Takes the held message through the filter and into frames. False if that is its end.
  asio::awaitable<bool> RunFilter(Outcome& outcome);
  // Puts what filters left of the message into frames.
  asio::awaitable<void> AppendHeld(const filter::HeldMessage& message);
  // Ends the header if it is complete, or `at_end` of the message.
  asio::awaitable<void> GatherHeader(bool at_end);
  // Puts the octets into frames.
  asio::awaitable<void> Append(std::string_view octets);
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
  v1::DeliverStart start_;
  v1::DeliverRequest request_;  // holds the current frame
  std::unique_ptr<DeliveryStream> stream_;
  mail::ReceivedCounter hops_;
  HeaderEdit edit_;     // until the header is complete
  std::string header_;  // gathered so far
  size_t pushed_ = 0;   // octets of the frame that Push has seen
  uint64_t octets_ = 0;
  Filter filter_;
  std::unique_ptr<filter::HeldMessage> held_;  // with filter_, until it is delivered
  std::optional<Reply> refusal_;
  filter::Verdict verdict_;  // holds the words of its refusal
  v1::ErrorDetail::Reason reason_ = v1::ErrorDetail::REASON_UNSPECIFIED;
};

}  // namespace posthorn::smtp
