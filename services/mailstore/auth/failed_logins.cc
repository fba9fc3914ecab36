#include "mailstore/auth/failed_logins.h"

#include <boost/asio/ip/address.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/net/client_network.h"
#include "mailstore/auth/keyed_digest.h"

namespace posthorn::store {
namespace {

constexpr uint32_t kHour = 3'600;  // seconds

std::string DigestOf(absl::string_view user, const std::string& network) {
  const Digest digest = KeyedDigest("failed login", {absl::AsciiStrToLower(user), network});
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace

FailedLogins::Keys FailedLogins::KeysOf(absl::string_view user, absl::string_view peer_address) {
  boost::system::error_code none;
  const auto address = boost::asio::ip::make_address(std::string(peer_address), none);
  Keys keys;
  const std::string network = none ? "" : net::ClientNetwork(address, 24, 64);
  keys.user = {absl::StrCat("failed-logins/user/", DigestOf(user, network)), kHour};
  if (!none) {
    keys.address = {absl::StrCat("failed-logins/ip/", net::ClientNetwork(address, 32, 64)), kHour};
  }
  return keys;
}

std::vector<EventLimit> FailedLogins::LimitsOf(const Keys& keys) const {
  std::vector<EventLimit> limits;
  if (limits_.of_user > 0) {
    limits.push_back({keys.user, limits_.of_user});
  }
  if (limits_.of_address > 0 && !keys.address.key.empty()) {
    limits.push_back({keys.address, limits_.of_address});
  }
  return limits;
}

boost::asio::awaitable<void> FailedLogins::Add(const Keys& keys) {
  std::vector<EventWrite> writes;
  for (const EventLimit& limit : LimitsOf(keys)) {
    writes.push_back({.key = limit.key, .n = 1});
  }
  if (writes.empty()) {
    co_return;
  }
  auto add = [writes](Connection& connection) -> absl::StatusOr<std::vector<EventTotal>> {
    return AddEvents(connection, writes);
  };
  const auto added = co_await database_.Run(std::move(add));
  added.status().IgnoreError();
}

}  // namespace posthorn::store
