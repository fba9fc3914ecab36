#include "mail/preview_text.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "mail/charset.h"
#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

size_t Characters(const std::string& text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) {
    NextCodePoint(text, &at);
  }
  return count;
}

TEST(PreviewText, PlainTextOnOneLine) {
  EXPECT_EQ(PreviewText("Hello,\r\n\r\n  how are\tyou?\r\n", false), "Hello, how are you?");
  EXPECT_EQ(PreviewText("", false), "");
  EXPECT_EQ(PreviewText(" \r\n\x01\x7f\r\n", false), "");
  EXPECT_EQ(PreviewText("a\xff"
                        "b",
                        false),
            "a\xef\xbf\xbd"
            "b");
}

TEST(PreviewText, LeavesOutQuotesAndSignature) {
  EXPECT_EQ(PreviewText("> old\r\n>> older\r\nnew\r\n-- \r\nBob\r\n", false), "new");
  EXPECT_EQ(PreviewText("> old\r\n", false), "> old");
}

TEST(PreviewText, HasAtMost200Characters) {
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += "\xf0\x9f\x90\x99 ";
  }
  const std::string preview = PreviewText(text, false);
  EXPECT_LE(Characters(preview), kPreviewCharacters);
  EXPECT_GE(Characters(preview), kPreviewCharacters - 1);
  EXPECT_TRUE(IsValidUtf8(preview));
  EXPECT_NE(preview.back(), ' ');
}

TEST(PreviewText, HtmlWithoutItsMarkup) {
  EXPECT_EQ(PreviewText("<html><head><title>t</title><style>p{}</style></head><body>"
                        "<!-- no --><p class=\"a>b\">One<br>two</p><div>th<b>r</b>ee &amp; "
                        "f&#246;ur&#x20ac;</div><script>if (a<b) {}</script></body></html>",
                        true),
            "One two three & f\xc3\xb6ur\xe2\x82\xac");
  EXPECT_EQ(PreviewText("a < b &unknown; &", true), "a < b &unknown; &");
  EXPECT_EQ(PreviewText("<p>hidden &zwnj;&#8203;&nbsp;&shy; pad</p>", true), "hidden pad");
}

TEST(PreviewText, HtmlThatIsCutOff) {
  for (const char* html :
       {"<", "<p", "<p a=\"", "<!--", "<style>", "<script>x</scr", "&#", "&amp", "</", "<?xml"}) {
    EXPECT_LE(PreviewText(html, true).size(), 8u) << html;
  }
}

}  // namespace
}  // namespace posthorn::mail
