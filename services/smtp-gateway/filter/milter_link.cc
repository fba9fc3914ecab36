#include "smtp-gateway/filter/milter_link.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "smtp-gateway/filter/connect.h"

namespace posthorn::filter::milter {
namespace {

constexpr size_t kRead = 16 * 1024;

}  // namespace

void Link::Close() {
  stream_.reset();
  std::string().swap(input_);
}

net::SteadyClock::time_point Link::ReplyDeadline() const {
  return std::min(deadline_, net::SteadyClock::now() + options_.reply_timeout);
}

asio::awaitable<absl::Status> Link::Connect() {
  absl::StatusOr<std::unique_ptr<net::Stream>> stream = absl::UnavailableError("not connected");
  if (address_.path.empty()) {
    stream = co_await ConnectByName(address_.host, address_.port, ReplyDeadline());
  } else {
    stream = co_await ConnectUnix(address_.path);
  }
  if (stream.ok()) {
    stream_ = *std::move(stream);
  }
  co_return stream.status();
}

asio::awaitable<absl::Status> Link::Open() {
  absl::Status status = co_await Connect();
  if (status.ok()) {
    status = co_await Negotiate();
  }
  if (!status.ok()) {
    Close();
  }
  co_return status;
}

asio::awaitable<absl::Status> Link::Negotiate() {
  const Negotiation offer;
  const absl::Status written = co_await Write(EncodeNegotiation(offer));
  if (!written.ok()) {
    co_return written;
  }
  const auto packet = co_await ReadPacket();
  if (!packet.ok()) {
    co_return packet.status();
  }
  const auto wanted = ParseNegotiation(*packet, offer);
  if (wanted.ok()) {
    wanted_ = *wanted;
  }
  co_return wanted.status();
}

asio::awaitable<absl::Status> Link::Write(absl::string_view packets) {
  if (!is_open()) {
    co_return absl::UnavailableError("the milter is not connected");
  }
  stream_->ExpiresAt(ReplyDeadline());
  absl::Status written = co_await stream_->Write(packets);
  if (!written.ok()) {
    Close();
  }
  co_return written;
}

asio::awaitable<absl::StatusOr<Packet>> Link::ReadPacket() {
  stream_->ExpiresAt(ReplyDeadline());
  while (true) {
    auto packet = TakePacket(input_);
    if (!packet.ok()) {
      co_return packet.status();
    }
    if (packet->has_value()) {
      co_return **std::move(packet);
    }
    char buffer[kRead];
    const auto count = co_await stream_->Read(buffer, sizeof buffer);
    if (!count.ok()) {
      co_return absl::IsOutOfRange(count.status()) ? absl::UnavailableError("the milter has closed")
                                                   : count.status();
    }
    input_.append(buffer, *count);
  }
}

asio::awaitable<absl::StatusOr<Reply>> Link::Read() {
  if (!is_open()) {
    co_return absl::UnavailableError("the milter is not connected");
  }
  while (true) {
    const auto packet = co_await ReadPacket();
    if (!packet.ok()) {
      Close();
      co_return packet.status();
    }
    auto reply = ParseReply(*packet);
    if (!reply.ok()) {
      Close();
    }
    // It works on: each such reply gives it its full time again.
    if (!reply.ok() || reply->kind != Reply::Kind::kProgress) {
      co_return reply;
    }
  }
}

}  // namespace posthorn::filter::milter
