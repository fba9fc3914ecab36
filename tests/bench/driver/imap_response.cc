#include "imap_response.h"

#include <charconv>

#include "connection.h"

namespace posthorn::bench {
namespace {

std::optional<std::uint32_t> LeadingNumber(std::string_view& text) {
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(end - text.data());
  return number;
}

}  // namespace

void ResponseHandler::OnLiteral(std::string_view octets) {
  throw UnexpectedReply("read a response", "a literal: " + std::string(octets.substr(0, 80)));
}

std::optional<std::size_t> LiteralSize(std::string_view line) {
  if (!line.ends_with('}')) {
    return std::nullopt;
  }
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view digits = line.substr(open + 1);
  const auto size = LeadingNumber(digits);
  return size && digits == "}" ? std::optional<std::size_t>(*size) : std::nullopt;
}

std::optional<std::uint32_t> NumberedResponse(std::string_view line, std::string_view name) {
  if (!line.starts_with("* ")) {
    return std::nullopt;
  }
  line.remove_prefix(2);
  const auto number = LeadingNumber(line);
  if (!number || !line.starts_with(' ') || !line.substr(1).starts_with(name)) {
    return std::nullopt;
  }
  return number;
}

void SelectHandler::OnLine(std::string_view line) {
  if (auto number = NumberedResponse(line, "EXISTS")) {
    exists = number;
  }
}

void StatusHandler::OnLine(std::string_view line) {
  const std::size_t at = line.find("(MESSAGES ");
  if (line.starts_with("* STATUS ") && at != std::string_view::npos) {
    line.remove_prefix(at + 10);
    messages = LeadingNumber(line);
  }
}

void FetchHandler::OnLine(std::string_view line) {
  const auto number = NumberedResponse(line, "FETCH (");
  if (!number) {
    return;  // EXISTS, RECENT and the like may come between
  }
  if (number != first_ + messages_ || literals_ != (size_ == 0 ? 0 : messages_)) {
    throw UnexpectedReply("FETCH after message " + std::to_string(messages_), line);
  }
  if (line.find(mark_) == std::string_view::npos) {
    throw UnexpectedReply("FETCH without " + mark_, line);
  }
  ++messages_;
}

void FetchHandler::OnLiteral(std::string_view octets) {
  if (octets.size() != size_ || !octets.starts_with("Message-ID: <") || !octets.ends_with("\r\n")) {
    throw UnexpectedReply("FETCH of a body of " + std::to_string(size_), octets);
  }
  ++literals_;
}

void FetchHandler::OnContinuation(std::string_view line) {
  if (!line.ends_with(')')) {
    throw UnexpectedReply("FETCH, end of a response", line);
  }
}

void FetchHandler::ExpectCount(std::uint32_t count) const {
  if (messages_ != count || (size_ != 0 && literals_ != count)) {
    throw UnexpectedReply("FETCH of " + std::to_string(count),
                          std::to_string(messages_) + " responses");
  }
}

}  // namespace posthorn::bench
