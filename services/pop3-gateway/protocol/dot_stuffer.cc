#include "pop3-gateway/protocol/dot_stuffer.h"

#include <cstring>

namespace posthorn::pop3 {

void DotStuffer::Feed(absl::string_view frame, std::string* out) {
  if (frame.empty()) {
    return;
  }
  // Dots are searched, not line ends: they are rarer, and BASE64 has none.
  const char* const end = frame.data() + frame.size();
  const char* copied = frame.data();
  for (const char* at = frame.data(); at < end; ++at) {
    at = static_cast<const char*>(std::memchr(at, '.', static_cast<size_t>(end - at)));
    if (at == nullptr) {
      break;
    }
    const char before = at == frame.data() ? last_ : at[-1];
    if (before == '\n') {
      out->append(copied, static_cast<size_t>(at + 1 - copied));
      copied = at;  // the dot again, with what follows it
    }
  }
  out->append(copied, static_cast<size_t>(end - copied));
  before_last_ = frame.size() > 1 ? end[-2] : last_;
  last_ = end[-1];
}

void DotStuffer::Finish(std::string* out) {
  if (before_last_ != '\r' || last_ != '\n') {
    out->append("\r\n");
  }
  out->append(".\r\n");
}

}  // namespace posthorn::pop3
