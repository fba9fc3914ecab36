#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "imap-gateway/store/mailstore.h"

namespace posthorn::imap {

// One message on its way into the store. Nothing is added unless Commit succeeds.
class AppendStream {
 public:
  AppendStream(Mailstore& store, v1::AppendStart start);

  // Sends the start to a replica that is there.
  asio::awaitable<absl::Status> Begin();
  // Sends octets, at most 256 KiB, waiting while the store is slower than the client. An error is
  // the store's refusal.
  asio::awaitable<absl::Status> Write(absl::string_view octets);
  // Whether the store has refused by now; asks it where it may not have looked yet.
  asio::awaitable<absl::Status> Probe();
  // The message is whole.
  asio::awaitable<absl::Status> Commit();
  const v1::AppendResponse& response() const { return stream_->response(); }

 private:
  asio::awaitable<absl::Status> Send(v1::AppendRequest request, bool last);

  Mailstore& store_;
  v1::AppendStart start_;
  std::unique_ptr<v1::Message::Stub> stub_;
  std::unique_ptr<rpc::WriteStream<v1::AppendRequest, v1::AppendResponse>> stream_;
};

}  // namespace posthorn::imap
