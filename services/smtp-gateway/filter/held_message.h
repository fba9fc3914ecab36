// What filters look at and change: a message, and who sends it to whom.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "smtp-gateway/filter/spool.h"

namespace posthorn::filter {

// As the client sent it, without our trace fields.
struct HeldMessage {
  explicit HeldMessage(SpoolSpace& space) : body(space) {}
  std::string header;  // with its empty line, which may be missing; 1 MiB and a little at most
  Spool body;
  uint64_t size() const { return header.size() + body.size(); }
};

struct Envelope {
  std::string reverse_path;  // empty for the null path
  std::vector<std::string> recipients;
};

// The session that the message comes from.
struct Client {
  std::string address;  // text form, without brackets
  bool is_v6 = false;
  uint16_t port = 0;
  std::string helo;
  std::string user;         // who has logged in; empty on MX
  std::string tls_version;  // "TLSv1.3" and the cipher's name; empty without TLS
  std::string tls_cipher;
  std::string hostname;    // ours
  std::string session_id;  // names the message in the logs of filters
  bool submission = false;
};

}  // namespace posthorn::filter
