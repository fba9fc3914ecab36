// Questions to the DNS (RFC 1034, RFC 1035), validated by DNSSEC (RFC 4035).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace posthorn::dns {

namespace asio = boost::asio;

enum class Type : uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kTlsa = 52
};

enum class Outcome {
  kData,
  kNoData,    // the name exists, without records of the type
  kNxDomain,  // the name does not exist
  kFailed,    // not known: servers do not answer, or what they say is bogus
};

struct Answer {
  Outcome outcome = Outcome::kFailed;
  bool secure = false;  // proven by DNSSEC, aliases on the way included; never with kFailed
  bool bogus = false;   // kFailed since the proof is wrong
  // Where aliases (CNAME) lead to; lower case, without the last dot.
  std::string canonical_name;
  std::vector<std::string> rdata;  // in wire format, names not compressed
  std::string reason;              // of kFailed
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  // Goes on on the executor of the caller, after 30 seconds at most. `name` is made of A-labels.
  virtual asio::awaitable<Answer> Query(std::string name, Type type) = 0;
};

}  // namespace posthorn::dns
