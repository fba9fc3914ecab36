#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "imap-gateway/store/mailstore.h"

namespace posthorn::imap {

// Messages on their way into one mailbox of the store. Nothing is added unless Commit succeeds. One
// short message waits here until it is whole and goes in one piece; the store is told of others at
// once.
class AppendStream {
 public:
  AppendStream(Mailstore& store, v1::AppendStart start);
  ~AppendStream();

  // Begins with what is said of the first message.
  asio::awaitable<absl::Status> Begin(v1::AppendMessage message);
  // The octets of a further message follow.
  asio::awaitable<absl::Status> Next(v1::AppendMessage message);
  // Sends octets, at most 256 KiB, waiting while the store is slower than the client. An error is
  // the store's refusal.
  asio::awaitable<absl::Status> Write(absl::string_view octets);
  // Waits for the store's word that it takes the first message, of the size that was announced. For
  // a later message it only tells whether a refusal has come by now.
  asio::awaitable<absl::Status> Probe();
  // The messages are whole. Where the store's answer is lost it is asked again, for a minute at
  // most, what became of them: OUTCOME_UNKNOWN only if that cannot be found out.
  asio::awaitable<absl::Status> Commit();
  const v1::AppendResponse& response() const { return response_; }

 private:
  class Call;

  // Opens the call at a replica that is there, with what has waited.
  asio::awaitable<absl::Status> Open();
  // The message that waits, over a link; opens the call where that does not do.
  asio::awaitable<absl::Status> CommitWhole();
  asio::awaitable<absl::Status> Send(v1::AppendRequest request, bool last);
  asio::awaitable<absl::Status> Settle();

  Mailstore& store_;
  v1::AppendStart start_;
  v1::AppendRequest held_;  // what waits, while there is no call
  std::vector<rpc::ReplicaPtr> replicas_;
  std::size_t next_replica_ = 0;
  std::unique_ptr<v1::Message::Stub> stub_;
  std::unique_ptr<Call> call_;
  bool accepted_ = false;
  v1::AppendResponse response_;
};

}  // namespace posthorn::imap
