// How many deliveries a second the store takes, without gateways and RPC: scanning, compressing and
// committing messages of 4 KB for 1,000 accounts.
//
//   store_throughput [seconds] [senders] [database URL]
//
// Without a URL it starts a PostgreSQL of its own, whose fsync is off.
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "mailstore/db/connection.h"
#include "mailstore/schema/migrator.h"
#include "mailstore/storage/body_writer.h"
#include "mailstore/store.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr int kAccounts = 1'000;

asio::awaitable<void> Send(store::Store& store, Clock::time_point until, int sender,
                           std::atomic<int>& delivered) {
  for (int i = sender; Clock::now() < until; i += 7) {
    store::BodyWriter writer;
    writer.Feed(MakeMessage("m" + std::to_string(i), 4'000));
    const store::AccountId account(1 + static_cast<uint64_t>(i) % kAccounts);
    store::AddOp add{.message = std::make_shared<const store::StoredMessage>(writer.Finish()),
                     .targets = {{{account, store::kInbox}, {}}},
                     .internal_date = 1,
                     .key = RandomKey()};
    auto op = std::make_shared<store::Op>(std::move(add));
    const absl::Status status = co_await store.batcher().Run(std::move(op));
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      co_return;
    }
    ++delivered;
  }
}

int Run(int seconds, int senders, const std::string& given) {
  const std::string url =
      given.empty() ? testing_support::PrivatePostgres::Shared().NewDatabase() : given;
  store::Connection connection({.url = url});
  if (const absl::Status status = store::Migrate(connection); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  PrepareAccounts(url, std::vector<int64_t>(kAccounts, 0));
  store::Store store({.database_url = url});
  asio::io_context io;
  std::atomic<int> delivered = 0;
  const auto start = Clock::now();
  for (int sender = 0; sender < senders; ++sender) {
    asio::co_spawn(io, Send(store, start + std::chrono::seconds(seconds), sender, delivered),
                   asio::detached);
  }
  io.run();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%d senders: %.0f deliveries/s, %.2f ms each\n", senders, delivered / took,
              senders * took * 1'000 / std::max(1, delivered.load()));
  return 0;
}

}  // namespace
}  // namespace posthorn::component

int main(int argc, char** argv) {
  return posthorn::component::Run(argc > 1 ? std::atoi(argv[1]) : 5,
                                  argc > 2 ? std::atoi(argv[2]) : 64, argc > 3 ? argv[3] : "");
}
