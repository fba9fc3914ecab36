// Mail that goes on: `clients` connections send `count` messages in all to recipients elsewhere,
// and the server passes them to smtp-sink, whose counters tell when it has the last of them. One
// that it has twice is an error.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <memory>
#include <vector>

#include "crew.h"
#include "message.h"
#include "smtp_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDistinctMessages = 512;
constexpr int kRecipients = 1000;
constexpr auto kLookAgain = std::chrono::milliseconds(5);
// How long what comes twice may come later.
constexpr auto kAfterwards = std::chrono::milliseconds(200);

struct Relaying {
  explicit Relaying(const Options& options) : options(options) {}

  const Options& options;
  std::vector<std::string> messages;
  int sent = 0;  // next message to send
  std::vector<double> reply_ms;
};

// smtp-sink -c writes "sess=1 quit=0 mesg=3\r" over and over.
long MessagesOf(const std::string& counters) {
  constexpr std::streamoff kTail = 200;
  std::ifstream file(counters, std::ios::binary | std::ios::ate);
  if (!file) {
    throw std::runtime_error(counters + ": cannot be read");
  }
  file.seekg(std::max<std::streamoff>(0, file.tellg() - std::streampos(kTail)));
  const std::string tail{std::istreambuf_iterator<char>(file), {}};
  // Only what is complete.
  const std::size_t last = tail.rfind("mesg=", tail.rfind('\r'));
  return tail.rfind('\r') == std::string::npos || last == std::string::npos
             ? 0
             : std::stol(tail.substr(last + 5));
}

Awaitable<void> Open(SmtpClient& client, const Options& options, int number) {
  co_await client.Open(options.relay_port);
  if (!options.sender.empty()) {
    co_await client.LogIn(Numbered(options.sender, number), options.password);
  }
}

Awaitable<void> Send(Relaying& relaying, SmtpClient& client) {
  while (relaying.sent < relaying.options.count) {
    const int number = relaying.sent++;
    const std::string recipient =
        "recipient" + std::to_string(number % kRecipients) + "@sink.example";
    const DeliveryTimes times =
        co_await client.Deliver(recipient, relaying.messages[number % kDistinctMessages]);
    const std::chrono::duration<double, std::milli> reply = times.accepted - times.dot;
    relaying.reply_ms.push_back(reply.count());
  }
}

Awaitable<void> Pause(Clock::duration time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

Awaitable<void> AwaitSink(const std::string& sink, long messages) {
  while (MessagesOf(sink) < messages) {
    co_await Pause(kLookAgain);
  }
}

}  // namespace

Figures RunRelay(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Relaying relaying(options);
  for (int i = 0; i < kDistinctMessages; ++i) {
    relaying.messages.push_back(MakeMessage(i, options.size));
  }
  std::vector<std::unique_ptr<SmtpClient>> clients;
  std::vector<Awaitable<void>> opening;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(std::make_unique<SmtpClient>(crew.io()));
    opening.push_back(Open(*clients.back(), options, options.first + i));
  }
  crew.Run(std::move(opening));

  const long before = MessagesOf(options.sink);
  const auto begin = Clock::now();
  std::vector<Awaitable<void>> sending;
  for (auto& client : clients) {
    sending.push_back(Send(relaying, *client));
  }
  const double accepted_s = crew.Run(std::move(sending));
  std::vector<Awaitable<void>> waiting;
  waiting.push_back(AwaitSink(options.sink, before + options.count));
  crew.Run(std::move(waiting));
  const double relayed_s = MillisecondsSince(begin) / 1000;

  std::vector<Awaitable<void>> quitting;
  for (auto& client : clients) {
    quitting.push_back(client->Quit());
  }
  quitting.push_back(Pause(kAfterwards));
  crew.Run(std::move(quitting));
  if (MessagesOf(options.sink) != before + options.count) {
    throw UnexpectedReply("relaying", "more messages than were sent");
  }
  return {{"accepted_per_s", options.count / accepted_s},
          {"relayed_per_s", options.count / relayed_s},
          {"p50_ms", Percentile(relaying.reply_ms, 0.5)},
          {"p99_ms", Percentile(relaying.reply_ms, 0.99)}};
}

}  // namespace posthorn::bench
