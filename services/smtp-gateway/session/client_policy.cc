#include "smtp-gateway/session/client_policy.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/client_network.h"
#include "smtp-gateway/filter/dnsbl.h"

namespace posthorn::smtp {
namespace {

constexpr uint32_t kHour = 3'600;  // seconds

// RFC 5321 4.2.3: 450 is for what policy forbids for a while.
constexpr Reply kTooMuch{450, "4.7.1", "Too much mail in a short time, try again later"};
constexpr Reply kGreylisted{450, "4.7.1", "Greylisted, try again in a few minutes"};

void AddEvents(const std::string& key, uint32_t count, uint32_t limit,
               v1::CountEventsRequest& request) {
  if (limit > 0) {
    v1::EventCount& event = *request.add_events();
    event.set_key(key);
    event.set_count(count);
    event.set_limit(limit);
    event.set_period_seconds(kHour);
  }
}

v1::CountEventsRequest EventsOf(const Session& session) {
  const Limits& limits = session.server().limits;
  const auto recipients = static_cast<uint32_t>(session.transaction().recipients.size());
  v1::CountEventsRequest request;
  if (session.login()) {
    const uint64_t user = session.login()->account_id();
    AddEvents(absl::StrCat("messages/user/", user), 1, limits.messages_of_user, request);
    AddEvents(absl::StrCat("recipients/user/", user), recipients, limits.recipients_of_user,
              request);
  } else if (session.port().role == Role::kMx) {
    const std::string client = net::ClientNetwork(session.stream().peer().address(), 32, 64);
    AddEvents(absl::StrCat("messages/ip/", client), 1, limits.messages_of_address, request);
    AddEvents(absl::StrCat("recipients/ip/", client), recipients, limits.recipients_of_address,
              request);
  }
  return request;
}

}  // namespace

asio::awaitable<std::optional<Reply>> CheckRates(Session& session) {
  const v1::CountEventsRequest request = EventsOf(session);
  if (request.events().empty()) {
    co_return std::nullopt;
  }
  const auto response = co_await session.server().store->CountEvents(request, session.id());
  if (response.ok()) {
    for (const bool over : response->over()) {
      if (over) {
        session.CountAbuse("rate_limit");
        co_return kTooMuch;
      }
    }
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<Reply>> CheckGreylist(Session& session, const Recipient& recipient) {
  const std::chrono::seconds delay = session.server().limits.greylist;
  if (session.port().role != Role::kMx || delay.count() == 0) {
    co_return std::nullopt;
  }
  v1::CheckGreylistRequest request;
  request.set_client_network(net::ClientNetwork(session.stream().peer().address(), 24, 64));
  request.set_reverse_path(session.transaction().envelope.reverse_path());
  request.set_forward_path(recipient.address);
  request.set_delay_seconds(static_cast<uint32_t>(delay.count()));
  const auto response = co_await session.server().store->CheckGreylist(request, session.id());
  co_return !response.ok() || response->pass() ? std::nullopt : std::optional<Reply>(kGreylisted);
}

asio::awaitable<std::optional<Reply>> CheckBlocklist(Session& session, const Recipient& recipient) {
  const Server& server = session.server();
  if (server.blocklists == nullptr || session.port().role != Role::kMx ||
      recipient.address == server.postmaster) {
    co_return std::nullopt;
  }
  if (!session.listing()) {
    std::string refusal = co_await server.blocklists->Check(session.stream().peer().address());
    session.listing() = std::move(refusal);
    if (!session.listing()->empty()) {
      session.CountAbuse("blocklist");
    }
  }
  if (session.listing()->empty()) {
    co_return std::nullopt;
  }
  co_return Reply{554, "5.7.1", *session.listing()};
}

}  // namespace posthorn::smtp
