#include "smtp-gateway/session/server_flags.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::string, lmtp_networks, "", "networks that may speak LMTP: 127.0.0.0/8,::1");
ABSL_FLAG(std::string, xclient_networks, "",
          "networks of filters that may say by XCLIENT for whom they speak");
ABSL_FLAG(uint32_t, greeting_delay_milliseconds, 0,
          "how long other servers wait for the greeting; those that do not are refused");
ABSL_FLAG(uint32_t, max_session_messages, 0, "messages of one session; 0: any number");
ABSL_FLAG(uint32_t, max_hold_seconds, 30 * 24 * 3600,
          "how long users may have a message held before it is sent; 0: not offered");
ABSL_FLAG(uint32_t, address_messages_per_hour, 0,
          "messages that one client address may send by MX; 0: any number");
ABSL_FLAG(uint32_t, address_recipients_per_hour, 0,
          "recipients that one client address may send to by MX; 0: any number");
ABSL_FLAG(uint32_t, user_messages_per_hour, 0, "messages of one user; 0: any number");
ABSL_FLAG(uint32_t, user_recipients_per_hour, 0, "recipients of one user; 0: any number");
ABSL_FLAG(uint32_t, greylist_seconds, 0,
          "how long mail from an unknown server is put off, at most 3,600; 0: not at all");

namespace posthorn::smtp {
namespace {

constexpr uint32_t kLongestGreylist = 3'600;  // policy.proto

void ReadLimits(Limits& limits) {
  limits.messages = absl::GetFlag(FLAGS_max_session_messages);
  limits.hold = std::chrono::seconds(absl::GetFlag(FLAGS_max_hold_seconds));
  limits.greeting_delay =
      std::chrono::milliseconds(absl::GetFlag(FLAGS_greeting_delay_milliseconds));
  limits.messages_of_address = absl::GetFlag(FLAGS_address_messages_per_hour);
  limits.recipients_of_address = absl::GetFlag(FLAGS_address_recipients_per_hour);
  limits.messages_of_user = absl::GetFlag(FLAGS_user_messages_per_hour);
  limits.recipients_of_user = absl::GetFlag(FLAGS_user_recipients_per_hour);
  limits.greylist = std::chrono::seconds(absl::GetFlag(FLAGS_greylist_seconds));
}

absl::Status ReadNetworks(const char* flag, const std::string& text, net::NetworkList& networks) {
  auto parsed = net::NetworkList::Parse(text);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(flag, ": ", parsed.status().message()));
  }
  networks = *std::move(parsed);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadServerFlags(Server& server) {
  ReadLimits(server.limits);
  if (absl::GetFlag(FLAGS_greylist_seconds) > kLongestGreylist) {
    return absl::InvalidArgumentError("greylist_seconds: at most 3,600");
  }
  absl::Status read =
      ReadNetworks("lmtp_networks", absl::GetFlag(FLAGS_lmtp_networks), server.lmtp_networks);
  read.Update(ReadNetworks("xclient_networks", absl::GetFlag(FLAGS_xclient_networks),
                           server.xclient_networks));
  return read;
}

}  // namespace posthorn::smtp
