#include "mailctl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mailctl/account_batch.h"
#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CommandLine, OptionsStandAnywhere) {
  const CommandLine line = ParseCommandLine({"--json", "account", "list", "--mailstore", "m:1",
                                             "example.org", "--rpc_ca_file=/ca", "--timeout=5"},
                                            {})
                               .value();
  EXPECT_THAT(line.words, ElementsAre("account", "list", "example.org"));
  EXPECT_TRUE(line.json);
  EXPECT_EQ(line.mailstore, "m:1");
  EXPECT_EQ(line.ca_file, "/ca");
  EXPECT_EQ(line.timeout_seconds, 5);
}

TEST(CommandLine, OptionsOfTheQueue) {
  const CommandLine line =
      ParseCommandLine({"route", "set", "a", "b:25", "--to=*", "--from", "x.example", "--lmtp",
                        "--tls=none", "--cert=/c", "--key=/k", "--site=s", "--limit=5", "--sign"},
                       {})
          .value();
  EXPECT_THAT(line.words, ElementsAre("route", "set", "a", "b:25"));
  EXPECT_EQ(line.to, "*");
  EXPECT_EQ(line.from, "x.example");
  EXPECT_EQ(line.tls, "none");
  EXPECT_EQ(line.client_cert, "/c");
  EXPECT_EQ(line.client_key, "/k");
  EXPECT_EQ(line.site, "s");
  EXPECT_EQ(line.limit, "5");
  EXPECT_TRUE(line.lmtp && line.sign);
  EXPECT_FALSE(line.json);
}

TEST(CommandLine, OptionsOfCommandsHaveNoTwins) {
  for (const char* name : {"TO", "HOSTNAME", "QUOTA", "LMTP"}) {
    EXPECT_FALSE(ParseCommandLine({}, {{std::string("POSTHORN_MAILCTL_") + name, "x"}}).ok())
        << name;
  }
}

TEST(CommandLine, TheCommandLineWinsOverTheEnvironment) {
  const std::map<std::string, std::string> environment = {
      {"POSTHORN_MAILCTL_MAILSTORE", "env:1"},
      {"POSTHORN_MAILCTL_RPC_KEY_FILE", "/env.key"},
      {"POSTHORN_DATABASE_URL", "not ours"},
      {"HOME", "/"}};
  const CommandLine line = ParseCommandLine({"--mailstore=m:1", "health"}, environment).value();
  EXPECT_EQ(line.mailstore, "m:1");
  EXPECT_EQ(line.key_file, "/env.key");
}

TEST(CommandLine, Refuses) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--nonsense"}, "unknown option --nonsense"},
      {{"--password=x"}, "unknown option --password"},
      {{"--json=1"}, "--json takes no value"},
      {{"health", "--mailstore"}, "--mailstore needs a value"},
      {{"--timeout=soon"}, "--timeout is a number of seconds"},
      {{"--timeout=0"}, "--timeout is a number of seconds"},
  };
  for (const auto& [arguments, message] : cases) {
    EXPECT_EQ(ParseCommandLine(arguments, {}).status().message(), message);
  }
  EXPECT_THAT(
      std::string(ParseCommandLine({}, {{"POSTHORN_MAILCTL_JSON", "1"}}).status().message()),
      HasSubstr("POSTHORN_MAILCTL_JSON"));
}

TEST(CommandLine, TwoDashesEndTheOptions) {
  EXPECT_THAT(ParseCommandLine({"alias", "list", "--", "--json"}, {}).value().words,
              ElementsAre("alias", "list", "--json"));
}

TEST(ParseSize, ReadsUnits) {
  EXPECT_EQ(ParseSize("0").value(), 0u);
  EXPECT_EQ(ParseSize("none").value(), 0u);
  EXPECT_EQ(ParseSize("12345").value(), 12345u);
  EXPECT_EQ(ParseSize("10k").value(), 10'240u);
  EXPECT_EQ(ParseSize("500M").value(), 524'288'000u);
  EXPECT_EQ(ParseSize("2G").value(), 2'147'483'648u);
  for (const char* text :
       {"", "M", "-1", "+1", " 1", "1.5G", "1GB", "9223372036854775808", "8388608T", "1 G"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
  EXPECT_TRUE(ParseSize("8388607T").ok());
}

TEST(ParseBatch, ReadsLines) {
  const auto lines = ParseBatch("a@x\tsecret one\r\n\nb@x\ttab\tinside\nc@x\tlast").value();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].address, "a@x");
  EXPECT_EQ(lines[0].password, "secret one");
  EXPECT_EQ(lines[1].password, "tab\tinside");
  EXPECT_EQ(lines[2].password, "last");
  EXPECT_TRUE(ParseBatch("").value().empty());
}

TEST(ParseBatch, NamesTheBadLine) {
  for (const char* text :
       {"a@x\ts\nb@x", "a@x\ts\n\tsecret", "a@x\ts\nb@x\t", "a@x\ts\nb@x secret"}) {
    EXPECT_THAT(std::string(ParseBatch(text).status().message()), HasSubstr("line 2")) << text;
  }
}

TEST(FindCommand, TakesTheLongestName) {
  EXPECT_STREQ(FindCommand({"account", "add", "a@x"})->name, "account add");
  EXPECT_STREQ(FindCommand({"health"})->name, "health");
  EXPECT_EQ(FindCommand({"account"}), nullptr);
  EXPECT_EQ(FindCommand({"account", "frobnicate"}), nullptr);
  EXPECT_EQ(FindCommand({}), nullptr);
}

TEST(Help, NamesEveryCommand) {
  for (const Command& command : Commands()) {
    EXPECT_THAT(Help(), HasSubstr(command.name));
  }
}

TEST(Table, AlignsText) {
  const Table table{
      {"name", "size"},
      {{std::string("a"), uint64_t{12345}}, {std::string("l\xc3\xa4nger"), uint64_t{1}}}};
  EXPECT_EQ(table.ToText(),
            "name     size\n"
            "a       12345\n"
            "l\xc3\xa4nger      1\n");
  EXPECT_EQ((Table{{"name"}, {}}.ToText()), "");
}

TEST(Table, WritesJson) {
  const Table table{{"name", "size"}, {{std::string("a\"b\n"), uint64_t{7}}}};
  EXPECT_EQ(table.ToJson(), "[\n {\"name\": \"a\\\"b\\n\", \"size\": 7}\n]\n");
  EXPECT_EQ((Table{{"name"}, {}}.ToJson()), "[]\n");
}

TEST(Table, ShowsNoControlCharacters) {
  EXPECT_EQ((Table{{"name"}, {{std::string("a\x1b[31m")}}}.ToText()), "name\na?[31m\n");
}

}  // namespace
}  // namespace posthorn::mailctl
