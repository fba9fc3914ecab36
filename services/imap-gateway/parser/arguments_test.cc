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
  Scanner all("INBOX (size DELETED deleted-storage MAILBOXID APPENDLIMIT SIZE)");
  EXPECT_EQ(
      ParseStatus(all).items,
      (std::vector<StatusItem>{StatusItem::kSize, StatusItem::kDeleted, StatusItem::kDeletedStorage,
                               StatusItem::kMailboxId, StatusItem::kAppendLimit}));
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

TEST(Append, MailboxAndTheRest) {
  Scanner scanner("\"Sent Mail\" (\\Seen) {310+}\r\n");
  const AppendArguments append = ParseAppend(scanner);
  EXPECT_TRUE(scanner.ok() && scanner.AtEnd());
  EXPECT_EQ(append.mailbox, "Sent Mail");
  EXPECT_EQ(append.messages, " (\\Seen) {310+}\r\n");
}

TEST(Replace, NumberMailboxAndTheRest) {
  Scanner scanner("7 {5}\r\nINBOX {3}\r\n");
  const ReplaceArguments replace = ParseReplace(scanner);
  EXPECT_TRUE(scanner.ok());
  EXPECT_EQ(replace.number, 7u);
  EXPECT_EQ(replace.mailbox, "INBOX");
  EXPECT_EQ(replace.messages, " {3}\r\n");
  Scanner last("* INBOX {3}\r\n");
  EXPECT_EQ(ParseReplace(last).number, 0u);
  EXPECT_FALSE(Parses(ParseReplace, "0 INBOX {3}\r\n"));
  EXPECT_FALSE(Parses(ParseReplace, "1:2 INBOX {3}\r\n"));
}

TEST(Append, WhichLiteralHoldsOctetsOfAMessage) {
  for (const char* text :
       {"a append INBOX {10}\r\n", "a APPEND {5}\r\nINBOX (\\Seen) {10}\r\n",
        "a APPEND INBOX ~{5}\r\n", "a APPEND INBOX UTF8 (~{5}\r\n", "a REPLACE 3 INBOX {5+}\r\n",
        "a UID REPLACE * INBOX () {5}\r\n", "a APPEND INBOX CATENATE (TEXT {5}\r\n",
        "a APPEND INBOX CATENATE (URL {2}\r\n/a TEXT {5}\r\n"}) {
    EXPECT_EQ(RoleOfLiteral(text), LiteralRole::kMessage) << text;
  }
  for (const char* text : {"a APPEND {5}\r\n", "a LOGIN {5}\r\n", "a REPLACE 1 {5}\r\n",
                           "a UID FETCH {5}\r\n", "a APPEND INBOX CATENATE (URL {5}\r\n"}) {
    EXPECT_EQ(RoleOfLiteral(text), LiteralRole::kText) << text;
  }
  for (const char* text : {"a APPEND INBOX (\\Seen {5}\r\n", "a APPEND INBOX (\\Recent) {5}\r\n",
                           "a APPEND INBOX CATENATE ({5}\r\n", "a APPEND INBOX x {5}\r\n",
                           "a APPEND INBOX CATENATE (URL x) \"{5}\r\n"}) {
    EXPECT_EQ(RoleOfLiteral(text), LiteralRole::kInvalid) << text;
  }
}

TEST(Create, WithSpecialUse) {
  Scanner scanner("\"My sent\" (USE (\\Sent \\X-own))");
  const CreateArguments create = ParseCreate(scanner);
  EXPECT_TRUE(scanner.ok() && scanner.AtEnd());
  EXPECT_EQ(create.mailbox, "My sent");
  EXPECT_EQ(create.uses, (std::vector<std::string>{"\\Sent", "\\X-own"}));
  EXPECT_TRUE(Parses(ParseCreate, "plain"));
  for (const char* text : {"x (USE ())", "x (USE (Sent))", "x (FOO (\\Sent))", "x ()",
                           "x (USE \\Sent)", "x (USE (\\Sent)"}) {
    EXPECT_FALSE(Parses(ParseCreate, text)) << text;
  }
}

TEST(List, ReturnOptionsWithArguments) {
  Scanner scanner(
      "\"\" % RETURN (STATUS (MESSAGES SIZE) MYRIGHTS METADATA (/shared/a \"/private/b\"))");
  const ListArguments list = ParseList(scanner);
  EXPECT_TRUE(scanner.ok() && scanner.AtEnd());
  EXPECT_EQ(list.returned.status.size(), 2u);
  EXPECT_TRUE(list.returned.my_rights);
  EXPECT_EQ(list.returned.metadata, (std::vector<std::string>{"/shared/a", "/private/b"}));
  EXPECT_FALSE(Parses(ParseList, "\"\" % RETURN (STATUS)"));
  EXPECT_FALSE(Parses(ParseList, "\"\" % RETURN (STATUS ())"));
  EXPECT_FALSE(Parses(ParseList, "\"\" % RETURN (METADATA ())"));
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

TEST(Store, UnchangedSince) {
  Scanner scanner("1:* (unchangedsince 0) +FLAGS.SILENT (\\Seen)");
  const StoreArguments store = ParseStore(scanner);
  ASSERT_TRUE(scanner.ok());
  EXPECT_EQ(store.unchanged_since, 0u);
  EXPECT_FALSE(Parses(ParseStore, "1 (UNCHANGEDSINCE) FLAGS (\\Seen)"));
  EXPECT_FALSE(Parses(ParseStore, "1 () FLAGS (\\Seen)"));
  EXPECT_FALSE(Parses(ParseStore, "1 (OTHER 1) FLAGS (\\Seen)"));
  EXPECT_FALSE(Parses(ParseStore, "1 (UNCHANGEDSINCE 9223372036854775808) FLAGS (\\Seen)"));
}

}  // namespace
}  // namespace posthorn::imap
