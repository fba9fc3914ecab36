#include "imap-gateway/parser/append_parser.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

using Step = AppendParser::Step;

// The steps of texts, each with what it carries: "M1 L5 |" is a message with \Seen and five octets,
// then the next text.
std::string Steps(const std::vector<std::string>& texts) {
  AppendParser parser;
  std::string steps;
  for (const std::string& text : texts) {
    Scanner scanner(text);
    for (bool more = true; more;) {
      const Step step = parser.Next(scanner);
      if (!scanner.ok()) {
        return steps + "error";
      }
      switch (step) {
        case Step::kMessage:
          absl::StrAppend(&steps, "M", parser.flags().system, parser.internal_date() ? "d " : " ");
          break;
        case Step::kLiteral:
          absl::StrAppend(&steps, parser.catenates() ? "c" : "L", parser.literal().size, " | ");
          more = false;
          break;
        case Step::kUrl:
          absl::StrAppend(&steps, "U", parser.url(), " ");
          break;
        case Step::kEnd:
          return steps + "end";
        case Step::kNeedsLiteral:
        case Step::kNeedsText:
          return steps + "more";
      }
    }
  }
  return steps;
}

TEST(AppendParser, OneMessage) {
  EXPECT_EQ(Steps({" {5}\r\n", ""}), "M0 L5 | end");
  EXPECT_EQ(Steps({" (\\Seen) \"17-Jul-1996 02:44:25 -0700\" ~{5+}\r\n", ""}), "M1d L5 | end");
  EXPECT_EQ(Steps({" UTF8 (~{5}\r\n", ")"}), "M0 L5 | end");
}

TEST(AppendParser, SeveralMessages) {
  EXPECT_EQ(Steps({" (\\Seen) {5}\r\n", " () {6}\r\n", " UTF8 (~{7}\r\n", ") {8}\r\n", ""}),
            "M1 L5 | M0 L6 | M0 L7 | M0 L8 | end");
}

TEST(AppendParser, Catenate) {
  EXPECT_EQ(Steps({" CATENATE (URL \"/a;UID=1\" TEXT {5}\r\n", " URL {2}\r\n/b)"}),
            "M0 U/a;UID=1 c5 | U/b end");
  EXPECT_EQ(Steps({" CATENATE (URL /a) (\\Seen) CATENATE (TEXT {1}\r\n", ") {3}\r\n", ""}),
            "M0 U/a M1 c1 | M0 L3 | end");
}

TEST(AppendParser, WhatIsMissingOrWrong) {
  EXPECT_EQ(Steps({" "}), "M0 more");
  EXPECT_EQ(Steps({" CATENATE (URL "}), "M0 more");
  for (const std::vector<std::string>& texts :
       std::vector<std::vector<std::string>>{{""},
                                             {"{5}\r\n"},
                                             {" CATENATE ()"},
                                             {" CATENATE (URL a"},
                                             {" CATENATE (URL a,b"},
                                             {" CATENATE (TEXT a)"},
                                             {" {5}\r\n", "x"},
                                             {" {5}\r\n", ")"},
                                             {" UTF8 (~{5}\r\n", ""},
                                             {" UTF8 ~{5}\r\n"},
                                             {" {5}\r\nabcde"},
                                             {" (\\Recent) {5}\r\n"}}) {
    EXPECT_TRUE(absl::EndsWith(Steps(texts), "error")) << texts.front();
  }
}

TEST(AppendParser, RoleOfNextLooksOnly) {
  AppendParser parser;
  Scanner scanner(" CATENATE (TEXT {5}\r\n");
  parser.Next(scanner);
  parser.Next(scanner);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(parser.RoleOfNext(" URL "), LiteralRole::kText);
    EXPECT_EQ(parser.RoleOfNext(" TEXT "), LiteralRole::kMessage);
    EXPECT_EQ(parser.RoleOfNext(") (\\Seen) "), LiteralRole::kMessage);
    EXPECT_EQ(parser.RoleOfNext(" "), LiteralRole::kInvalid);
    EXPECT_EQ(parser.RoleOfNext(")"), LiteralRole::kInvalid);
  }
}

TEST(WithoutTrailingHead, CutsTheHead) {
  EXPECT_EQ(WithoutTrailingHead("a {5}\r\n"), "a ");
  EXPECT_EQ(WithoutTrailingHead("a ~{5+}\r\n"), "a ");
  EXPECT_EQ(WithoutTrailingHead("a"), "a");
  EXPECT_EQ(WithoutTrailingHead(""), "");
}

}  // namespace
}  // namespace posthorn::imap
