// Runs the scanner over real messages, whole and in pieces.
#include <random>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mail/corpus_test_data.h"
#include "mail/encoded_word.h"
#include "mail/header.h"
#include "mail/mime_scanner.h"
#include "mail/structure_check.h"

namespace posthorn::mail {
namespace {

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    messages_ = LoadCorpus();
    ASSERT_GE(messages_.size(), 30U) << "set POSTHORN_CORPUS to the folder of test messages";
  }
  std::vector<CorpusMessage> messages_;
};

TEST_F(Corpus, StructuresKeepTheRules) {
  for (const CorpusMessage& message : messages_) {
    EXPECT_EQ(CheckStructure(ScanMessage(message.text), message.text, {}), "") << message.name;
  }
}

TEST_F(Corpus, FramesDoNotMatter) {
  std::mt19937 random(1);
  for (const CorpusMessage& message : messages_) {
    const std::string whole = DumpStructure(ScanMessage(message.text));
    for (const size_t largest : {3U, 100U, 65'536U}) {
      MimeScanner scanner;
      absl::string_view rest = message.text;
      while (!rest.empty()) {
        const size_t size = 1 + random() % largest;
        scanner.Feed(rest.substr(0, size));
        rest.remove_prefix(std::min(size, rest.size()));
      }
      ASSERT_EQ(DumpStructure(scanner.Finish()), whole) << message.name;
    }
  }
}

TEST_F(Corpus, PartsOnlyWhereTheHeaderSaysSo) {
  for (const CorpusMessage& message : messages_) {
    const auto field = FindField(message.text, "Content-Type");
    const std::string type = field.has_value() ? Unfold(field->value) : "";
    EXPECT_EQ(ScanMessage(message.text).parts.size() > 1,
              absl::StartsWithIgnoreCase(type, "multipart/") ||
                  absl::StartsWithIgnoreCase(type, "message/rfc822"))
        << message.name;
  }
}

TEST_F(Corpus, HeaderReaderAgreesWithTheScanner) {
  for (const CorpusMessage& message : messages_) {
    HeaderReader reader(message.text);
    size_t next = 0;
    while (const auto field = reader.Next()) {
      EXPECT_EQ(field->offset, next);
      next = field->offset + field->size;
      DecodeHeaderText(field->value);
    }
    EXPECT_EQ(reader.position(), ScanMessage(message.text).header_size) << message.name;
  }
}

TEST_F(Corpus, KnownStructures) {
  const auto types = [this](absl::string_view name) {
    std::string out;
    for (const CorpusMessage& message : messages_) {
      if (message.name == name) {
        for (const Part& part : ScanMessage(message.text).parts) {
          out += part.type + "/" + part.subtype + " ";
        }
      }
    }
    return out;
  };
  EXPECT_EQ(types("missing-subtype.eml"), "text/plain ");
  EXPECT_EQ(types("empty-multipart.eml"),
            "multipart/mixed multipart/alternative text/plain text/plain ");
  EXPECT_EQ(types("multipart-digest.eml"),
            "message/rfc822 multipart/digest message/rfc822 text/plain message/rfc822 text/plain ");
  EXPECT_EQ(types("delivery-status.eml"),
            "multipart/report message/delivery-status message/rfc822 text/plain ");
}

}  // namespace
}  // namespace posthorn::mail
