// The frames of one FetchBody call, read ahead: gRPC's threads take the next frames while the
// session sends the last ones, up to a bound in octets; a session that keeps up is woken only when
// it has used all that came. Belongs to one coroutine.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/mailstore_pool.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::pop3 {

class BodyStream {
 public:
  // Octets that may wait here; the frame that reaches the bound is the last one taken.
  static constexpr size_t kReadAheadOctets = size_t{256} * 1024;

  // Starts the call. The replica's channel outlives the stream.
  BodyStream(const boost::asio::any_io_executor& executor, rpc::ReplicaPtr replica,
             const v1::FetchBodyRequest& request, std::chrono::milliseconds timeout);
  // Cancels the call if it has not ended.
  ~BodyStream();
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;

  // The next frame. OUT_OF_RANGE when the call ended well and all frames were taken.
  boost::asio::awaitable<absl::StatusOr<v1::BodyFrame>> Next();

  rpc::Replica& replica() { return *replica_; }

 private:
  class Reactor;

  rpc::ReplicaPtr replica_;
  Reactor* reactor_;  // shared with gRPC, see Reactor
};

}  // namespace posthorn::pop3
