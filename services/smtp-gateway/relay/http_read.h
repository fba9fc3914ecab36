// Reads the response to a request that was sent.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "common/net/stream.h"
#include "smtp-gateway/relay/http_response.h"

namespace posthorn::relay {

namespace asio = boost::asio;

// Until the stream's deadline. Errors are those of the stream and of ParseHttpResponse.
asio::awaitable<absl::StatusOr<HttpResponse>> ReadHttpResponse(net::Stream& stream, size_t limit);

}  // namespace posthorn::relay
