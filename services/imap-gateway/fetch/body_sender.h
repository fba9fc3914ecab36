#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "imap-gateway/fetch/body_request.h"
#include "imap-gateway/session/session.h"
#include "imap-gateway/store/reader.h"

namespace posthorn::imap {

// Passes the octets of ranges from the store to the client, in the order of the ranges, over one
// call as long as it goes well; a replica that goes away in the middle is replaced by another.
class BodySender {
 public:
  BodySender(Session& session, std::vector<v1::BodyRange> ranges)
      : session_(session), ranges_(std::move(ranges)) {}

  // What became of one range.
  enum class Result {
    kSent,
    kGone,    // the message is gone: nothing was written
    kFailed,  // the store could not read it: nothing was written, status() says why
    kBroken,  // the connection is unusable
  };

  // Writes "{n}\r\n" (RFC 3516 4.1: "~{n}\r\n" if there is a NUL in what was decoded) and the
  // octets of the next range.
  asio::awaitable<Result> SendNext();
  // The number of octets of the next range, which asks for its size only.
  asio::awaitable<Result> SizeNext(std::uint64_t& octets);
  // Collects the octets of the next range, at most `limit`.
  asio::awaitable<Result> CollectNext(std::string& octets, std::size_t limit);

  const absl::Status& status() const { return status_; }

 private:
  asio::awaitable<Result> First();
  asio::awaitable<bool> ReadFirst();
  asio::awaitable<bool> ReadFrame();
  // Goes on with the current range behind the octets sent of it.
  asio::awaitable<bool> Resume(std::uint64_t sent, std::uint64_t left);

  Session& session_;
  std::vector<v1::BodyRange> ranges_;
  std::size_t next_ = 0;
  std::unique_ptr<BodyReader> reader_;
  v1::BodyFrame frame_;
  absl::Status status_;
};

}  // namespace posthorn::imap
