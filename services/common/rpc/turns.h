// Room for others before something is sent.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace posthorn::rpc {

namespace asio = boost::asio;

// Goes on after what is ready on the executor, what has arrived for it by then, and what those make
// ready: so that what they have to send goes along. Where nobody else is ready that takes a few
// microseconds.
inline asio::awaitable<void> AfterOthers(asio::any_io_executor executor) {
  constexpr int kTurns = 4;
  for (int turn = 0; turn < kTurns; ++turn) {
    co_await asio::post(executor, asio::use_awaitable);
  }
}

}  // namespace posthorn::rpc
