#include "mailstore/policy/policy_service.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/server_call.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/policy/event_rows.h"
#include "mailstore/policy/greylist_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr size_t kMaxNetwork = 64;
constexpr size_t kMaxPath = 320;
constexpr uint32_t kMaxDelay = 3'600;
constexpr int kMaxEvents = 100;
constexpr size_t kMaxKey = 400;

absl::Status Invalid(absl::string_view why) { return absl::InvalidArgumentError(why); }

std::string Hash(std::initializer_list<absl::string_view> fields) {
  const Digest digest = KeyedDigest("greylist", fields);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

absl::StatusOr<GreylistQuery> ParseQuery(const v1::CheckGreylistRequest& request) {
  if (request.client_network().empty() || request.client_network().size() > kMaxNetwork ||
      request.reverse_path().size() > kMaxPath || request.forward_path().size() > kMaxPath) {
    return Invalid("client_network is missing, or a field is too long");
  }
  if (request.delay_seconds() == 0 || request.delay_seconds() > kMaxDelay) {
    return Invalid("delay_seconds is 1 to 3,600");
  }
  return GreylistQuery{
      .network_key = Hash({request.client_network()}),
      .triplet_key = Hash({request.client_network(), absl::AsciiStrToLower(request.reverse_path()),
                           absl::AsciiStrToLower(request.forward_path())}),
      .delay_seconds = request.delay_seconds()};
}

absl::StatusOr<std::vector<EventWrite>> ParseEvents(const v1::CountEventsRequest& request) {
  if (request.events_size() > kMaxEvents) {
    return Invalid("at most 100 events");
  }
  std::vector<EventWrite> events;
  for (const v1::EventCount& event : request.events()) {
    if (event.key().empty() || event.key().size() > kMaxKey ||
        event.key().find('\0') != std::string::npos) {
      return Invalid("a key has 1 to 400 octets, none of them NUL");
    }
    if (event.period_seconds() != 60 && event.period_seconds() != 3'600 &&
        event.period_seconds() != 86'400) {
      return Invalid("a period is 60, 3,600 or 86,400 seconds");
    }
    events.push_back({.key = {event.key(), event.period_seconds()}, .n = event.count()});
  }
  return events;
}

}  // namespace

grpc::ServerUnaryReactor* PolicyService::CheckGreylist(grpc::CallbackServerContext* context,
                                                       const v1::CheckGreylistRequest* request,
                                                       v1::CheckGreylistResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoCheckGreylist(*request, *response));
}

grpc::ServerUnaryReactor* PolicyService::CountEvents(grpc::CallbackServerContext* context,
                                                     const v1::CountEventsRequest* request,
                                                     v1::CountEventsResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoCountEvents(*request, *response));
}

PolicyService::Outcome PolicyService::DoCheckGreylist(const v1::CheckGreylistRequest& request,
                                                      v1::CheckGreylistResponse& response) {
  const absl::StatusOr<GreylistQuery> query = ParseQuery(request);
  if (!query.ok()) {
    co_return query.status();
  }
  auto check = [&query](Connection& connection) -> absl::StatusOr<GreylistAnswer> {
    return store::CheckGreylist(connection, *query);
  };
  const absl::StatusOr<GreylistAnswer> answer = co_await database_.Run(std::move(check));
  if (!answer.ok()) {
    co_return answer.status();
  }
  response.set_pass(answer->pass);
  response.set_wait_seconds(static_cast<uint32_t>(answer->wait_seconds));
  co_return absl::OkStatus();
}

PolicyService::Outcome PolicyService::DoCountEvents(const v1::CountEventsRequest& request,
                                                    v1::CountEventsResponse& response) {
  const absl::StatusOr<std::vector<EventWrite>> events = ParseEvents(request);
  if (!events.ok()) {
    co_return events.status();
  }
  const auto now = std::chrono::steady_clock::now();
  const std::vector<EventWrite> writes = counter_.Count(*events, now);
  absl::flat_hash_map<EventKey, uint64_t> written;
  if (!writes.empty()) {
    auto write = [&writes](Connection& connection) -> absl::StatusOr<std::vector<EventTotal>> {
      return AddEvents(connection, writes);
    };
    const absl::StatusOr<std::vector<EventTotal>> totals = co_await database_.Run(std::move(write));
    if (totals.ok()) {
      counter_.Learn(writes, *totals, std::chrono::steady_clock::now());
      for (const EventTotal& total : *totals) {
        written[total.key] = total.n;
      }
    } else {
      counter_.PutBack(writes);
      for (const EventWrite& event : *events) {
        if (!counter_.Knows(event.key, now)) {
          co_return totals.status();
        }
      }
    }
  }
  for (int i = 0; i < request.events_size(); ++i) {
    const EventKey& key = (*events)[static_cast<size_t>(i)].key;
    const auto row = written.find(key);
    const uint64_t total =
        std::max(counter_.Total(key, now), row == written.end() ? 0 : row->second);
    const uint32_t limit = request.events(i).limit();
    response.add_over(limit > 0 && total > limit);
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
