#include "smtp-gateway/relay/http_response.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace posthorn::relay {
namespace {

using Parsed = absl::StatusOr<std::optional<HttpResponse>>;

absl::Status Malformed() { return absl::InvalidArgumentError("not a response of HTTP"); }
absl::Status TooLong() { return absl::ResourceExhaustedError("the response is too long"); }

struct Head {
  HttpResponse response;
  std::optional<size_t> length;
  bool chunked = false;
};

bool AddField(absl::string_view line, Head& head) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits(':', 1));
  const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
  if (absl::EqualsIgnoreCase(parts.first, "Content-Length")) {
    size_t length = 0;
    if (head.length.has_value() || !absl::SimpleAtoi(value, &length)) {
      return false;
    }
    head.length = length;
  } else if (absl::EqualsIgnoreCase(parts.first, "Transfer-Encoding")) {
    head.chunked = absl::EqualsIgnoreCase(value, "chunked");
    return head.chunked;
  } else if (absl::EqualsIgnoreCase(parts.first, "Content-Type")) {
    head.response.content_type =
        absl::AsciiStrToLower(absl::StripAsciiWhitespace(value.substr(0, value.find(';'))));
  }
  return true;
}

absl::StatusOr<Head> ParseHead(absl::string_view text) {
  Head head;
  const std::vector<absl::string_view> lines = absl::StrSplit(text, "\r\n");
  // "HTTP/1.1 200 OK"
  if (!absl::StartsWith(lines[0], "HTTP/1.") || lines[0].size() < 12 ||
      !absl::SimpleAtoi(lines[0].substr(9, 3), &head.response.status)) {
    return Malformed();
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    if (!AddField(lines[i], head)) {
      return Malformed();
    }
  }
  return head;
}

// RFC 9112 7.1. True: the last chunk is there.
absl::StatusOr<bool> AddChunks(absl::string_view octets, size_t limit, std::string& body) {
  while (true) {
    const size_t end = octets.find("\r\n");
    if (end == absl::string_view::npos) {
      return false;
    }
    const absl::string_view line = octets.substr(0, end);
    const std::string digits(absl::StripAsciiWhitespace(line.substr(0, line.find(';'))));
    uint32_t size = 0;
    if (digits.empty() || digits.size() > 8 || !absl::SimpleHexAtoi(digits, &size)) {
      return Malformed();
    }
    octets.remove_prefix(end + 2);
    if (size == 0) {
      return true;
    }
    if (size > limit || body.size() + size > limit) {
      return TooLong();
    }
    if (octets.size() < size + 2) {
      return false;
    }
    if (octets.substr(size, 2) != "\r\n") {
      return Malformed();
    }
    absl::StrAppend(&body, octets.substr(0, size));
    octets.remove_prefix(size + 2);
  }
}

}  // namespace

absl::StatusOr<std::optional<HttpResponse>> ParseHttpResponse(absl::string_view octets, bool ended,
                                                              size_t limit) {
  const size_t end = octets.find("\r\n\r\n");
  if (end == absl::string_view::npos) {
    if (octets.size() > kMaxHttpOverhead) {
      return TooLong();
    }
    return ended ? Parsed(Malformed()) : Parsed(std::nullopt);
  }
  absl::StatusOr<Head> head = ParseHead(octets.substr(0, end));
  if (!head.ok()) {
    return head.status();
  }
  const absl::string_view rest = octets.substr(end + 4);
  HttpResponse& response = head->response;
  if (head->chunked) {
    const absl::StatusOr<bool> complete = AddChunks(rest, limit, response.body);
    if (!complete.ok()) {
      return complete.status();
    }
    if (*complete) {
      return std::optional(std::move(response));
    }
    if (rest.size() > limit + kMaxHttpOverhead) {
      return TooLong();
    }
    return ended ? Parsed(Malformed()) : Parsed(std::nullopt);
  }
  if (head->length.value_or(0) > limit || rest.size() > limit) {
    return TooLong();
  }
  const bool complete = head->length.has_value() ? rest.size() >= *head->length : ended;
  if (!complete) {
    return ended ? Parsed(Malformed()) : Parsed(std::nullopt);
  }
  response.body = std::string(rest.substr(0, head->length.value_or(rest.size())));
  return std::optional(std::move(response));
}

}  // namespace posthorn::relay
