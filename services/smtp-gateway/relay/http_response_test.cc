#include "smtp-gateway/relay/http_response.h"

#include <gtest/gtest.h>

namespace posthorn::relay {
namespace {

// The body, "more", or "refused".
std::string Body(absl::string_view octets, bool ended = false) {
  const auto response = ParseHttpResponse(octets, ended, 10);
  return !response.ok() ? "refused" : response->has_value() ? (*response)->body : "more";
}

TEST(HttpResponse, ByLength) {
  constexpr absl::string_view kHead =
      "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\ncontent-length: 5\r\n\r\n";
  EXPECT_EQ(Body(std::string(kHead) + "hello"), "hello");
  EXPECT_EQ(Body(std::string(kHead) + "hell"), "more");
  EXPECT_EQ(Body(std::string(kHead) + "hell", true), "refused");
  const auto response = ParseHttpResponse(std::string(kHead) + "hello", false, 10);
  EXPECT_EQ((*response)->status, 200);
  EXPECT_EQ((*response)->content_type, "text/plain");
  EXPECT_EQ(Body("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"), "refused");
  EXPECT_EQ(Body("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "refused");
}

TEST(HttpResponse, ByChunks) {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(Body(head + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "abcde");
  EXPECT_EQ(Body(head + "3\r\nabc\r\n2\r\nd"), "more");
  EXPECT_EQ(Body(head + "3\r\nabc\r\n", true), "refused");
  EXPECT_EQ(Body(head + "3\r\nabcd\r\n"), "refused");
  EXPECT_EQ(Body(head + "ffffffff\r\n"), "refused");
  EXPECT_EQ(Body(head + "\r\n"), "refused");
  EXPECT_EQ(Body(head + "6\r\nabcdef\r\n5\r\n"), "refused");
}

TEST(HttpResponse, ByTheEnd) {
  EXPECT_EQ(Body("HTTP/1.0 404 no\r\nServer: x\r\n\r\nabc", true), "abc");
  EXPECT_EQ(Body("HTTP/1.0 404 no\r\nServer: x\r\n\r\nabc"), "more");
  EXPECT_EQ(Body("HTTP/1.0 200 ok\r\n", true), "refused");
  EXPECT_EQ(Body("220 mx ESMTP\r\n\r\n"), "refused");
  EXPECT_EQ(Body(std::string(kMaxHttpOverhead + 1, 'x')), "refused");
}

}  // namespace
}  // namespace posthorn::relay
