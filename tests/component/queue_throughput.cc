// How many messages a second go through the outbound queue, without gateways and RPC: enqueued by
// the batcher, claimed by workers, and settled as delivered.
//
//   queue_throughput [seconds] [senders] [workers] [sites] [database URL]
//
// Without a URL it starts a PostgreSQL of its own, whose fsync is off.
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mailstore/db/connection.h"
#include "mailstore/outbound/finish.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/schema/migrator.h"
#include "mailstore/storage/body_writer.h"
#include "mailstore/store.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct Counts {
  std::atomic<int> sent = 0;
  std::atomic<int> done = 0;
  std::atomic<bool> sending = true;
};

asio::awaitable<void> Send(store::Store& store, Clock::time_point until, int sender, int sites,
                           Counts& counts) {
  for (int i = sender; Clock::now() < until; i += 7) {
    store::BodyWriter writer;
    writer.Feed(MakeMessage("m" + std::to_string(i), 4'000));
    auto mail = std::make_shared<store::QueuedMail>();
    std::string key = RandomKey();
    mail->account = store::QueueAccountOf(key);
    mail->lifetime_seconds = 86'400;
    mail->envelope.set_reverse_path("alice@example.org");
    mail->recipients.push_back(
        {.forward_path = "bob@far.example", .site = absl::StrCat("s", i % sites, ".example")});
    store::AddOp add{.message = std::make_shared<const store::StoredMessage>(writer.Finish()),
                     .queued = std::move(mail),
                     .internal_date = 1,
                     .key = std::move(key)};
    auto op = std::make_shared<store::Op>(std::move(add));
    const absl::Status status = co_await store.batcher().Run(std::move(op));
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      co_return;
    }
    ++counts.sent;
  }
}

void Settle(store::Finisher& finisher, store::Connection& connection, const std::string& worker,
            v1::Work work, Counts& counts) {
  while (work.has_slot()) {
    v1::FinishWorkRequest request;
    request.set_worker_id(worker);
    *request.mutable_slot() = work.slot();
    for (const v1::LeasedRecipient& recipient : work.recipients()) {
      v1::AttemptResult& result = *request.add_results();
      result.mutable_lease()->set_recipient_id(recipient.recipient_id());
      result.mutable_lease()->set_lease_epoch(recipient.lease_epoch());
      result.set_outcome(v1::AttemptResult::OUTCOME_DELIVERED);
    }
    request.set_site(v1::FinishWorkRequest::SITE_GOOD);
    request.set_more_recipients(50);
    counts.done += work.recipients_size();
    auto finished = store::RunGuarded<absl::StatusOr<v1::FinishWorkResponse>>(
        connection, [&](store::Connection& c) { return finisher.Finish(c, request); });
    if (!finished.ok()) {
      std::fprintf(stderr, "%s\n", finished.status().ToString().c_str());
      return;
    }
    work = std::move(*finished->mutable_work());
  }
}

void Work(store::Store& store, store::Finisher& finisher, Counts& counts) {
  const std::string worker = RandomKey();
  store::Connection connection(store::SessionOptions(store.options(), "worker"));
  while (counts.sending || counts.done < counts.sent) {
    auto claimed = store::RunGuarded<absl::StatusOr<std::optional<v1::Work>>>(
        connection, [&](store::Connection& c) -> absl::StatusOr<std::optional<v1::Work>> {
          return finisher.Claim(c, {{worker, 50}}).front();
        });
    if (!claimed.ok()) {
      std::fprintf(stderr, "%s\n", claimed.status().ToString().c_str());
      return;
    }
    if (!claimed->has_value()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    Settle(finisher, connection, worker, **std::move(claimed), counts);
  }
}

int Run(int seconds, int senders, int workers, int sites, const std::string& given) {
  const std::string url =
      given.empty() ? testing_support::PrivatePostgres::Shared().NewDatabase() : given;
  store::Connection connection({.url = url});
  if (const absl::Status status = store::Migrate(connection); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  store::Store store({.database_url = url});
  store::Finisher finisher(store.options().queue, store.sending_rules(), store.signer(),
                           [](const store::Commit&) {});
  Counts counts;
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back([&] { Work(store, finisher, counts); });
  }
  asio::io_context io;
  for (int sender = 0; sender < senders; ++sender) {
    asio::co_spawn(io, Send(store, start + std::chrono::seconds(seconds), sender, sites, counts),
                   asio::detached);
  }
  io.run();
  const double sent_in = std::chrono::duration<double>(Clock::now() - start).count();
  counts.sending = false;
  for (std::thread& thread : threads) {
    thread.join();
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%d messages: enqueued %.0f/s, through %.0f/s\n", counts.sent.load(),
              counts.sent / sent_in, counts.done / took);
  return 0;
}

}  // namespace
}  // namespace posthorn::component

int main(int argc, char** argv) {
  const auto number = [&](int i, int otherwise) {
    return argc > i ? std::atoi(argv[i]) : otherwise;
  };
  return posthorn::component::Run(number(1, 5), number(2, 64), number(3, 4), number(4, 20),
                                  argc > 5 ? argv[5] : "");
}
