#include "smtp-gateway/reply/reply.h"

namespace posthorn::smtp {
namespace {

constexpr size_t kKeptCapacity = 1024;

}  // namespace

void ReplyWriter::Append(uint16_t code, std::string_view status, std::string_view text) {
  for (size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    AppendLine(code, '-', status, text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  AppendLine(code, ' ', status, text);
}

void ReplyWriter::AppendContinued(uint16_t code, std::string_view text) {
  AppendLine(code, '-', {}, text);
}

void ReplyWriter::AppendLine(uint16_t code, char separator, std::string_view status,
                             std::string_view text) {
  const char prefix[] = {static_cast<char>('0' + code / 100),
                         static_cast<char>('0' + code / 10 % 10),
                         static_cast<char>('0' + code % 10), separator};
  pending_.append(prefix, sizeof prefix);
  if (!status.empty()) {
    pending_.append(status);
    pending_.push_back(' ');
  }
  // Texts may hold what a client sent: nothing in them may begin another reply.
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    pending_.push_back(octet < 0x20 || octet == 0x7f ? '?' : c);
  }
  pending_.append("\r\n", 2);
}

void ReplyWriter::Clear() {
  if (pending_.capacity() > kKeptCapacity) {
    pending_ = std::string();
  } else {
    pending_.clear();
  }
}

}  // namespace posthorn::smtp
