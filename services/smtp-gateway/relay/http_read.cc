#include "smtp-gateway/relay/http_read.h"

#include <optional>
#include <string>
#include <utility>

namespace posthorn::relay {
namespace {

constexpr size_t kRead = 16 * 1024;

}  // namespace

asio::awaitable<absl::StatusOr<HttpResponse>> ReadHttpResponse(net::Stream& stream, size_t limit) {
  std::string octets;
  std::string buffer(kRead, '\0');
  while (true) {
    const auto count = co_await stream.Read(buffer.data(), buffer.size());
    const bool ended = absl::IsOutOfRange(count.status());
    if (!count.ok() && !ended) {
      co_return count.status();
    }
    octets.append(buffer, 0, count.value_or(0));
    auto response = ParseHttpResponse(octets, ended, limit);
    if (!response.ok()) {
      co_return response.status();
    }
    if (response->has_value()) {
      co_return **std::move(response);
    }
  }
}

}  // namespace posthorn::relay
