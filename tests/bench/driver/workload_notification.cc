// One session in IDLE, one SMTP connection that delivers to it, `count` messages one after the
// other: the time from sending DATA, and from reading the 250, to reading `* EXISTS`. The latter
// is negative when the session hears of the message first.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "message.h"
#include "smtp_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Notification {
  explicit Notification(const Options& options, boost::asio::io_context& io)
      : options(options), session(io), sender(io), heard(io) {}

  const Options& options;
  ImapClient session;
  SmtpClient sender;
  boost::asio::steady_timer heard;  // cancelled by each EXISTS that was waited for
  std::uint32_t exists = 0;
  Clock::time_point heard_at;
  std::vector<double> from_data_ms;
  std::vector<double> from_250_ms;
};

Awaitable<void> Open(Notification& notification) {
  const Options& options = notification.options;
  co_await notification.session.Login(options.imap_port, UserName(options, options.first),
                                      options.password);
  notification.exists = co_await notification.session.Select("INBOX");
  co_await notification.session.StartIdle();
  co_await notification.sender.Open(options.smtp_port);
}

Awaitable<void> Listen(Notification& notification) {
  const std::uint32_t last = notification.exists + notification.options.count;
  while (notification.exists < last) {
    const std::string_view line = co_await notification.session.connection().Line();
    const auto exists = NumberedResponse(line, "EXISTS");
    if (exists && *exists > notification.exists) {
      notification.exists = *exists;
      notification.heard_at = Clock::now();
      notification.heard.cancel();
    } else if (!line.starts_with("* ")) {
      throw UnexpectedReply("IDLE", line);
    }
  }
}

Awaitable<void> Deliver(Notification& notification) {
  const std::string recipient = UserName(notification.options, notification.options.first);
  for (int i = 0; i < notification.options.count; ++i) {
    const std::uint32_t wanted = notification.exists + 1;
    const std::string message = MakeMessage(i, notification.options.size);
    const DeliveryTimes times = co_await notification.sender.Deliver(recipient, message);
    while (notification.exists < wanted) {
      notification.heard.expires_at(Clock::time_point::max());
      boost::system::error_code cancelled;
      co_await notification.heard.async_wait(
          boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    const std::chrono::duration<double, std::milli> from_data = notification.heard_at - times.data;
    const std::chrono::duration<double, std::milli> from_250 =
        notification.heard_at - times.accepted;
    notification.from_data_ms.push_back(from_data.count());
    notification.from_250_ms.push_back(from_250.count());
  }
}

Awaitable<void> Close(Notification& notification) {
  co_await notification.session.EndIdle();
  co_await notification.session.Logout();
  co_await notification.sender.Quit();
}

}  // namespace

Figures RunNotification(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Notification notification(options, crew.io());
  std::vector<Awaitable<void>> opening;
  opening.push_back(Open(notification));
  crew.Run(std::move(opening));
  std::vector<Awaitable<void>> working;
  working.push_back(Listen(notification));
  working.push_back(Deliver(notification));
  crew.Run(std::move(working));
  std::vector<Awaitable<void>> closing;
  closing.push_back(Close(notification));
  crew.Run(std::move(closing));
  return {{"from_250_p50_ms", Percentile(notification.from_250_ms, 0.5)},
          {"from_250_p99_ms", Percentile(notification.from_250_ms, 0.99)},
          {"from_data_p50_ms", Percentile(notification.from_data_ms, 0.5)},
          {"from_data_p99_ms", Percentile(notification.from_data_ms, 0.99)}};
}

}  // namespace posthorn::bench
