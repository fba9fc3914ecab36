#include "crew.h"

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>
#include <utility>

namespace posthorn::bench {

double Crew::Run(std::vector<Awaitable<void>> clients) {
  std::exception_ptr first_error;
  std::size_t running = clients.size();
  const auto begin = std::chrono::steady_clock::now();
  io_.restart();
  for (auto& client : clients) {
    boost::asio::co_spawn(io_, std::move(client), [&](std::exception_ptr error) {
      --running;
      if (error != nullptr && first_error == nullptr) {
        first_error = error;
        io_.stop();
      }
    });
  }
  io_.run_until(end_);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (first_error != nullptr) {
    std::rethrow_exception(first_error);
  }
  if (running > 0) {
    throw std::runtime_error("the deadline passed with work under way");
  }
  return took.count();
}

}  // namespace posthorn::bench
