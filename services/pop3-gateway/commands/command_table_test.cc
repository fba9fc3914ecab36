#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pop3-gateway/commands/command.h"

namespace posthorn::pop3 {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Capabilities(CapabilityContext context) {
  std::string text;
  AppendCapabilities(context, &text);
  return text;
}

TEST(CommandTable, AllOfRfc1939ButApop) {
  for (const char* keyword : {"USER", "PASS", "STAT", "LIST", "RETR", "DELE", "NOOP", "RSET",
                              "QUIT", "TOP", "UIDL", "CAPA", "STLS", "AUTH"}) {
    EXPECT_NE(FindCommand(keyword), nullptr) << keyword;
  }
  EXPECT_EQ(FindCommand("APOP"), nullptr);
  EXPECT_EQ(FindCommand("stat"), nullptr);
  EXPECT_EQ(FindCommand(""), nullptr);
}

TEST(CommandTable, RowsAreWhole) {
  std::set<std::string> keywords;
  for (const CommandRow& row : CommandTable()) {
    EXPECT_TRUE(keywords.insert(std::string(row.keyword)).second);
    EXPECT_EQ(absl::AsciiStrToUpper(row.keyword), row.keyword);
    EXPECT_NE(row.states, 0u);
    EXPECT_NE(row.parse, nullptr);
    EXPECT_NE(row.handle, nullptr);
    EXPECT_FALSE(row.rfc.empty());
  }
}

TEST(CommandTable, StatesOfRfc1939) {
  for (const char* keyword : {"STAT", "LIST", "RETR", "DELE", "NOOP", "RSET", "TOP", "UIDL"}) {
    EXPECT_EQ(FindCommand(keyword)->states, kTransaction) << keyword;
  }
  for (const char* keyword : {"USER", "PASS", "AUTH", "STLS"}) {
    EXPECT_EQ(FindCommand(keyword)->states, kAuthorization) << keyword;
  }
  for (const char* keyword : {"QUIT", "CAPA"}) {
    EXPECT_EQ(FindCommand(keyword)->states, kAuthorization | kTransaction) << keyword;
  }
}

TEST(Capabilities, InTheClear) {
  const std::string text = Capabilities({.login_allowed = false, .tls_offered = true});
  EXPECT_THAT(text, HasSubstr("STLS\r\n"));
  // RFC 2595 4: what would not be accepted is not announced.
  EXPECT_THAT(text, Not(HasSubstr("USER")));
  EXPECT_THAT(text, Not(HasSubstr("SASL")));
  // Clients that ask only before login must learn of these.
  EXPECT_THAT(text, HasSubstr("UIDL\r\n"));
  EXPECT_THAT(text, HasSubstr("TOP\r\n"));
}

TEST(Capabilities, OverTls) {
  EXPECT_EQ(Capabilities({.login_allowed = true, .tls_offered = false}),
            "USER\r\nSASL PLAIN LOGIN\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n"
            "AUTH-RESP-CODE\r\nEXPIRE NEVER\r\nIMPLEMENTATION Posthorn\r\n");
}

}  // namespace
}  // namespace posthorn::pop3
