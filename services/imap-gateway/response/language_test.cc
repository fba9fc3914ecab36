#include "imap-gateway/response/language.h"

#include <gtest/gtest.h>

#include "imap-gateway/response/completion.h"

namespace posthorn::imap {
namespace {

// RFC 4647 3.4.
TEST(Language, ARangeFindsTheLanguageItBelongsTo) {
  EXPECT_EQ(FindLanguage("de")->language, Language::kGerman);
  EXPECT_EQ(FindLanguage("DE-at-1996")->tag, "de");
  EXPECT_EQ(FindLanguage("en-GB")->language, Language::kEnglish);
  EXPECT_EQ(FindLanguage("default")->language, Language::kEnglish);
  EXPECT_EQ(FindLanguage("I-DEFAULT")->language, Language::kDefault);
  EXPECT_EQ(FindLanguage("i"), nullptr);
  EXPECT_EQ(FindLanguage("fr-CA"), nullptr);
  EXPECT_EQ(FindLanguage(""), nullptr);
  EXPECT_EQ(FindLanguage("-"), nullptr);
}

TEST(Language, WhatIsNotTranslatedStaysEnglish) {
  EXPECT_EQ(Translated(Language::kGerman, "Check completed"), "CHECK ausgeführt");
  EXPECT_EQ(Translated(Language::kGerman, "No such text"), "No such text");
  EXPECT_EQ(Translated(Language::kDefault, "Check completed"), "Check completed");
}

TEST(Language, TheTextIsUtf8OnlyOnceALanguageWasChosen) {
  std::string out;
  AppendCompletion(out, "a", Ok("Check completed"), Language::kGerman);
  AppendCompletion(out, "b", Ok("CHECK ausgeführt"));
  AppendCompletion(out, "c", Ok("\xff\r\n\xc3\xa9[x]"), Language::kEnglish);
  EXPECT_EQ(out, "a OK CHECK ausgeführt\r\nb OK CHECK ausgef??hrt\r\nc OK ???\xc3\xa9?x]\r\n");
}

}  // namespace
}  // namespace posthorn::imap
