// SMTP delivery: `clients` connections send `count` messages in all, to the accounts in turn.
// One IMAP session per account, logged in before the clock starts, then tells when the last
// message is visible. Few sessions ask at a time, so that asking does not slow delivery down.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "message.h"
#include "smtp_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kOpeners = 16;  // sessions being logged in at a time
constexpr int kAskers = 4;    // STATUS commands under way at a time
constexpr int kDistinctMessages = 512;
constexpr auto kAskAgain = std::chrono::milliseconds(10);

struct Watched {
  std::unique_ptr<ImapClient> session;
  std::uint32_t expected = 0;
};

struct Delivery {
  explicit Delivery(const Options& options) : options(options) {}

  const Options& options;
  std::vector<std::string> messages;
  std::vector<std::string> recipients;
  std::vector<Watched> watched;
  int opened = 0;                   // next account to open a session for
  int sent = 0;                     // next message to send
  std::deque<std::size_t> waiting;  // accounts that have not shown all their messages yet
  std::vector<double> reply_ms;
};

Awaitable<void> OpenSessions(Delivery& delivery) {
  const Options& options = delivery.options;
  while (delivery.opened < options.accounts) {
    const int number = delivery.opened++;
    Watched& watched = delivery.watched[number];
    co_await watched.session->Login(options.imap_port, delivery.recipients[number],
                                    options.password);
    watched.expected += co_await watched.session->StatusMessages("INBOX");
  }
}

Awaitable<void> Send(Delivery& delivery, SmtpClient& client) {
  while (delivery.sent < delivery.options.count) {
    const int number = delivery.sent++;
    const DeliveryTimes times =
        co_await client.Deliver(delivery.recipients[number % delivery.options.accounts],
                                delivery.messages[number % kDistinctMessages]);
    const std::chrono::duration<double, std::milli> reply = times.accepted - times.dot;
    delivery.reply_ms.push_back(reply.count());
  }
}

Awaitable<void> AwaitVisible(Delivery& delivery) {
  while (!delivery.waiting.empty()) {
    const std::size_t number = delivery.waiting.front();
    delivery.waiting.pop_front();
    Watched& watched = delivery.watched[number];
    const std::uint32_t messages = co_await watched.session->StatusMessages("INBOX");
    if (messages > watched.expected) {
      throw UnexpectedReply("STATUS", "more messages than were delivered");
    }
    if (messages < watched.expected) {
      delivery.waiting.push_front(number);
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, kAskAgain);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }
}

Awaitable<void> OpenSmtp(SmtpClient& client, std::uint16_t port) { co_await client.Open(port); }

void Prepare(Delivery& delivery, Crew& crew) {
  const Options& options = delivery.options;
  for (int i = 0; i < kDistinctMessages; ++i) {
    delivery.messages.push_back(MakeMessage(i, options.size));
  }
  for (int i = 0; i < options.accounts; ++i) {
    delivery.recipients.push_back(UserName(options, options.first + i));
    // Message k goes to account k % accounts.
    const std::uint32_t share =
        options.count / options.accounts + (i < options.count % options.accounts ? 1 : 0);
    delivery.watched.push_back({std::make_unique<ImapClient>(crew.io()), share});
    delivery.waiting.push_back(i);
  }
  std::vector<Awaitable<void>> openers;
  for (int i = 0; i < kOpeners; ++i) {
    openers.push_back(OpenSessions(delivery));
  }
  crew.Run(std::move(openers));
}

}  // namespace

Figures RunDelivery(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Delivery delivery(options);
  Prepare(delivery, crew);

  std::vector<std::unique_ptr<SmtpClient>> clients;
  std::vector<Awaitable<void>> opening;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(std::make_unique<SmtpClient>(crew.io()));
    opening.push_back(OpenSmtp(*clients.back(), options.smtp_port));
  }
  crew.Run(std::move(opening));

  const auto begin = Clock::now();
  std::vector<Awaitable<void>> sending;
  for (auto& client : clients) {
    sending.push_back(Send(delivery, *client));
  }
  const double accepted_s = crew.Run(std::move(sending));
  std::vector<Awaitable<void>> asking;
  for (int i = 0; i < kAskers; ++i) {
    asking.push_back(AwaitVisible(delivery));
  }
  crew.Run(std::move(asking));
  const double visible_s = MillisecondsSince(begin) / 1000;

  std::vector<Awaitable<void>> quitting;
  for (auto& client : clients) {
    quitting.push_back(client->Quit());
  }
  for (auto& watched : delivery.watched) {
    quitting.push_back(watched.session->Logout());
  }
  crew.Run(std::move(quitting));
  return {{"accepted_per_s", options.count / accepted_s},
          {"visible_per_s", options.count / visible_s},
          {"p50_ms", Percentile(delivery.reply_ms, 0.5)},
          {"p99_ms", Percentile(delivery.reply_ms, 0.99)}};
}

}  // namespace posthorn::bench
