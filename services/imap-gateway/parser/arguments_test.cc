#include "imap-gateway/parser/arguments.h"

#include <gtest/gtest.h>

#include "imap-gateway/parser/append_arguments.h"
#include "imap-gateway/parser/list_arguments.h"
#include "imap-gateway/parser/store_arguments.h"

namespace posthorn::imap {
namespace {

template <typename Parse>
bool Parses(Parse parse, absl::string_view text) {
  Scanner scanner(text);
  parse(scanner);
  scanner.End();
  return scanner.ok();
}

TEST(Arguments, Login) {
  Scanner scanner("{5}\r\nalice \"p w\"");
  const LoginArguments login = ParseLogin(scanner);
  EXPECT_TRUE(scanner.ok());
  EXPECT_EQ(login.user, "alice");
  EXPECT_EQ(login.password, "p w");
  EXPECT_FALSE(Parses(ParseLogin, "alice"));
  EXPECT_FALSE(Parses(ParseLogin, "alice pw more"));
}

TEST(Arguments, AuthenticateWithInitialResponse) {
  Scanner scanner("plain AGEAYg==");
  const AuthenticateArguments arguments = ParseAuthenticate(scanner);
  EXPECT_TRUE(scanner.ok());
  EXPECT_EQ(arguments.mechanism, "PLAIN");
  EXPECT_EQ(arguments.initial_response, "AGEAYg==");
  Scanner empty("EXTERNAL =");
  EXPECT_EQ(ParseAuthenticate(empty).initial_response, "=");
}

TEST(Arguments, Status) {
  Scanner scanner("INBOX (MESSAGES unseen MESSAGES)");
  EXPECT_EQ(ParseStatus(scanner).items.size(), 2u);
  EXPECT_TRUE(scanner.ok());
  EXPECT_FALSE(Parses(ParseStatus, "INBOX ()"));
  EXPECT_FALSE(Parses(ParseStatus, "INBOX (FOO)"));
}

TEST(Arguments, Id) {
  EXPECT_TRUE(Parses(ParseId, "NIL"));
  EXPECT_TRUE(Parses(ParseId, "()"));
  EXPECT_TRUE(Parses(ParseId, R"(("name" "x" "version" NIL))"));
  EXPECT_FALSE(Parses(ParseId, R"(("name"))"));
  std::string many = "(";
  for (int i = 0; i < 31; ++i) {
    many += i == 0 ? R"("a" "b")" : R"( "a" "b")";
  }
  EXPECT_FALSE(Parses(ParseId, many + ")"));
}

TEST(Store, Forms) {
  Scanner scanner("1:3 +FLAGS.SILENT (\\deleted $Work $work)");
  const StoreArguments store = ParseStore(scanner);
  EXPECT_TRUE(scanner.ok());
  EXPECT_EQ(store.mode, StoreArguments::Mode::kAdd);
  EXPECT_TRUE(store.silent);
  EXPECT_EQ(store.flags.system, kDeleted);
  EXPECT_EQ(store.flags.keywords, std::vector<std::string>{"$Work"});
  EXPECT_TRUE(Parses(ParseStore, "1 FLAGS ()"));
  EXPECT_TRUE(Parses(ParseStore, "1 -FLAGS \\Seen \\Draft"));
  EXPECT_FALSE(Parses(ParseStore, "1 FLAGS (\\Recent)"));
  EXPECT_FALSE(Parses(ParseStore, "1 FLAGS (\\Foo)"));
  EXPECT_FALSE(Parses(ParseStore, "1 FLAGS ({4}\r\nWork)"));
  EXPECT_FALSE(Parses(ParseStore, "1 FLAGSX ()"));
}

TEST(Append, Forms) {
  Scanner scanner("\"Sent Mail\" (\\Seen) \"17-Jul-1996 02:44:25 +0000\" {310+}\r\n");
  const AppendArguments append = ParseAppend(scanner);
  ASSERT_TRUE(scanner.ok());
  EXPECT_TRUE(scanner.AtEnd());
  EXPECT_EQ(append.mailbox, "Sent Mail");
  EXPECT_EQ(append.flags.system, kSeen);
  EXPECT_EQ(append.internal_date->unix_seconds, 837571465);
  EXPECT_EQ(append.message.size, 310u);
  EXPECT_TRUE(append.message.non_synchronizing);
}

TEST(Append, WhichLiteralIsTheMessage) {
  EXPECT_EQ(RoleOfLiteral("a append INBOX {10}\r\n"), LiteralRole::kMessage);
  EXPECT_EQ(RoleOfLiteral("a APPEND {5}\r\nINBOX (\\Seen) {10}\r\n"), LiteralRole::kMessage);
  EXPECT_EQ(RoleOfLiteral("a APPEND {5}\r\n"), LiteralRole::kText);
  EXPECT_EQ(RoleOfLiteral("a LOGIN {5}\r\n"), LiteralRole::kText);
  EXPECT_EQ(RoleOfLiteral("a APPEND INBOX (\\Seen {5}\r\n"), LiteralRole::kInvalid);
  EXPECT_EQ(RoleOfLiteral("a APPEND INBOX (\\Recent) {5}\r\n"), LiteralRole::kInvalid);
  EXPECT_EQ(RoleOfLiteral("a APPEND INBOX ~{5}\r\n"), LiteralRole::kInvalid);
}

TEST(List, PlainAndExtended) {
  Scanner plain("\"\" %");
  EXPECT_FALSE(ParseList(plain).extended);
  EXPECT_TRUE(plain.ok());
  Scanner special("(SPECIAL-USE) \"\" \"*\" RETURN (SPECIAL-USE CHILDREN)");
  const ListArguments list = ParseList(special);
  EXPECT_TRUE(special.ok());
  EXPECT_TRUE(list.select.special_use && list.returned.children && list.extended);
  EXPECT_TRUE(Parses(ParseList, "\"\" (INBOX \"a/%\")"));
  EXPECT_TRUE(Parses(ParseList, "() \"\" INBOX RETURN ()"));
  EXPECT_FALSE(Parses(ParseList, "(RECURSIVEMATCH) \"\" *"));
  EXPECT_FALSE(Parses(ParseList, "(FOO) \"\" *"));
  EXPECT_FALSE(Parses(ParseList, "\"\""));
}

}  // namespace
}  // namespace posthorn::imap
