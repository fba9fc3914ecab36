#include "imap-gateway/fetch/header_fields.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

constexpr absl::string_view kHeader =
    "Received: one\r\n\tfolded\r\nFrom: a@b\r\nreceived: two\r\nSubject : odd\r\n\r\n";

TEST(HeaderFields, KeepsOrderFoldingAndDuplicates) {
  EXPECT_EQ(SelectHeaderFields(kHeader, {"RECEIVED"}, false),
            "Received: one\r\n\tfolded\r\nreceived: two\r\n\r\n");
  EXPECT_EQ(SelectHeaderFields(kHeader, {"Received", "subject"}, true), "From: a@b\r\n\r\n");
  EXPECT_EQ(SelectHeaderFields(kHeader, {"Subject"}, false), "Subject : odd\r\n\r\n");
}

TEST(HeaderFields, NoMatchIsTheEmptyLine) {
  EXPECT_EQ(SelectHeaderFields(kHeader, {"To"}, false), "\r\n");
  EXPECT_EQ(SelectHeaderFields("", {"To"}, false), "\r\n");
  EXPECT_EQ(SelectHeaderFields("To: x", {"To"}, false), "To: x\r\n\r\n");
}

}  // namespace
}  // namespace posthorn::imap
