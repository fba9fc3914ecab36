// What a client may do and how long it may take. Every limit has a reply of its own, and every one
// is a number here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace posthorn::smtp {

struct Limits {
  // Octets of a message as the client sends it, transparency dots not counted (RFC 1870).
  uint64_t message_octets = 50 * 1024 * 1024;
  // RFC 5321 4.5.3.1.4 and 4.1.2: 512 octets and what the extensions add to them.
  size_t command_line = 8 * 1024;
  // RFC 4954 4: lines of an authentication exchange.
  size_t auth_line = 12 * 1024;
  // RFC 5321 4.5.3.1.6 asks for 1,000. Mail with longer lines is common, and refusing it makes it
  // bounce; what is passed on by SMTP one day must fold or encode it.
  size_t text_line = 1024 * 1024;
  // RFC 5321 4.5.3.1.8 asks for 100 at least.
  size_t recipients = 1000;
  // RFC 5321 6.3: more Received fields than this are a loop.
  int hops = 50;
  // Messages of one session, 0: any number (RFC 9422 MAILMAX).
  uint32_t messages = 0;
  // RFC 4865: how long a message may be held before it is sent; 0: holding is not offered.
  std::chrono::seconds hold{30 * 24 * 3600};
  // Octets read only to be thrown away, in a session.
  uint64_t discarded_octets = 64 * 1024 * 1024;

  // By all gateways together, in an hour; 0: any number.
  uint32_t messages_of_address = 0;  // on MX, by client address (IPv6: its /64)
  uint32_t recipients_of_address = 0;
  uint32_t messages_of_user = 0;
  uint32_t recipients_of_user = 0;
  // How long a triplet of client network, sender and recipient waits when it is seen for the first
  // time (greylisting, on MX); 0: off.
  std::chrono::seconds greylist{0};

  int errors = 20;              // 5yz replies since the last message, recipients apart
  int unknown_recipients = 20;  // in a session without login
  int commands_without_mail = 100;
  int failed_logins = 5;

  // RFC 5321 4.5.3.2.7: at least 5 minutes; for a whole command, however its octets come.
  std::chrono::seconds command{300};
  // RFC 5321 4.5.3.2.5: for the next piece of mail data.
  std::chrono::seconds data_block{180};
  std::chrono::seconds write{180};
  std::chrono::seconds tls_handshake{60};
  // Mail data must come at this rate on average once the grace time is over.
  uint64_t data_rate = 500;  // octets a second
  std::chrono::seconds data_rate_grace{60};
  // How long a server that sends us mail waits for the greeting: those that do not are refused.
  std::chrono::milliseconds greeting_delay{0};
  // How long the client has for octets that are still under way when we close.
  std::chrono::milliseconds linger{1000};
  // How long to find out what became of a delivery whose outcome is not known.
  std::chrono::seconds outcome{90};
};

}  // namespace posthorn::smtp
