#include "smtp-gateway/filter/milter_codec.h"

#include <gtest/gtest.h>

namespace posthorn::filter::milter {
namespace {

using std::string_literals::operator""s;

absl::StatusOr<Reply> Parse(char command, const std::string& data) {
  return ParseReply({command, data});
}

TEST(MilterCodecTest, PacketsOfAnyPieces) {
  const std::string packet = EncodePacket(Command::kHelo, "x\0"s);
  EXPECT_EQ(packet, "\0\0\0\3Hx\0"s);
  std::string input;
  for (size_t i = 0; i + 1 < packet.size(); ++i) {
    input += packet[i];
    EXPECT_FALSE(TakePacket(input)->has_value());
  }
  input += packet.back();
  input += "\0\0\0\1c"s;
  const auto first = TakePacket(input);
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_EQ((*first)->command, 'H');
  EXPECT_EQ((*first)->data, "x\0"s);
  const auto second = TakePacket(input);
  ASSERT_TRUE(second.ok() && second->has_value());
  EXPECT_EQ((*second)->command, 'c');
  EXPECT_EQ((*second)->data, "");
  EXPECT_EQ(input, "");
}

TEST(MilterCodecTest, PacketsHaveALimit) {
  std::string empty = "\0\0\0\0c"s;
  EXPECT_FALSE(TakePacket(empty).ok());
  std::string huge = "\xff\xff\xff\xff"s;
  EXPECT_FALSE(TakePacket(huge).ok());
  std::string most = "\0\2\0\1"s;
  EXPECT_FALSE(TakePacket(most).ok());
}

TEST(MilterCodecTest, NegotiatesWhatWasOffered) {
  const Negotiation offer;
  EXPECT_EQ(EncodeNegotiation(offer), "\0\0\0\x0dO\0\0\0\6\0\0\0\xff\0\x1f\xf7\xff"s);
  const auto wanted = ParseNegotiation({'O', "\0\0\0\6\0\0\0\1\0\0\0\x14\0\0\0\0j\0"s}, offer);
  ASSERT_TRUE(wanted.ok());
  EXPECT_EQ(wanted->version, 6u);
  EXPECT_EQ(wanted->capabilities, kAddHeaders);
  EXPECT_EQ(wanted->steps, kNoMail | kNoBody);
  EXPECT_TRUE(ParseNegotiation({'O', "\0\0\0\2\0\0\0\x3f\0\0\0\x7f"s}, offer).ok());
  EXPECT_FALSE(ParseNegotiation({'O', "\0\0\0\7\0\0\0\0\0\0\0\0"s}, offer).ok());
  EXPECT_FALSE(ParseNegotiation({'O', "\0\0\0\1\0\0\0\0\0\0\0\0"s}, offer).ok());
  EXPECT_FALSE(ParseNegotiation({'O', "\0\0\0\6\0\0\1\0\0\0\0\0"s}, offer).ok());
  EXPECT_FALSE(ParseNegotiation({'O', "\0\0\0\6\0\0\0\0\0\0\x08\0"s}, offer).ok());
  EXPECT_FALSE(ParseNegotiation({'O', "\0\0\0\6\0\0\0\0\0\0\0"s}, offer).ok());
  EXPECT_FALSE(ParseNegotiation({'c', "\0\0\0\6\0\0\0\0\0\0\0\0"s}, offer).ok());
}

TEST(MilterCodecTest, TellsOfTheClient) {
  EXPECT_EQ(EncodeConnect("[192.0.2.7]", false, 0x1234, "192.0.2.7"),
            "\0\0\0\x1a"s + "C[192.0.2.7]\0"s + "4\x12\x34" + "192.0.2.7\0"s);
  EXPECT_EQ(EncodeMacros(Command::kMail, {{"i", "s1"}, {"{auth_authen}", ""}, {"j", "a\r\nb"}}),
            "\0\0\0\x0e"s + "DMi\0s1\0j\0a??b\0"s);
  EXPECT_EQ(Strings({"a\0b"s, ""}), "a?b\0\0"s);
}

TEST(MilterCodecTest, ReadsDecisions) {
  EXPECT_EQ(Parse('c', "")->kind, Reply::Kind::kContinue);
  EXPECT_EQ(Parse('a', "")->kind, Reply::Kind::kAccept);
  EXPECT_EQ(Parse('r', "")->kind, Reply::Kind::kReject);
  EXPECT_EQ(Parse('t', "")->kind, Reply::Kind::kTempfail);
  EXPECT_EQ(Parse('d', "")->kind, Reply::Kind::kDiscard);
  EXPECT_EQ(Parse('p', "")->kind, Reply::Kind::kProgress);
  EXPECT_EQ(Parse('s', "")->kind, Reply::Kind::kSkip);
  EXPECT_EQ(Parse('4', "")->code, 421);  // it goes away
  for (const char unknown : {'\0', 'z', 'O', 'C', 'f', 'l'}) {
    EXPECT_FALSE(Parse(unknown, "").ok());
  }
}

TEST(MilterCodecTest, ReadsReplyCodes) {
  const auto reply = Parse('y', "550 5.7.26 No pass\0"s);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->code, 550);
  EXPECT_EQ(reply->status, "5.7.26");
  EXPECT_EQ(reply->text, "No pass");
  const auto lines = Parse('y', "451-4.3.0 one\r\n451 4.3.0 two\0"s);
  EXPECT_EQ(lines->text, "one\ntwo");
  EXPECT_EQ(lines->status, "4.3.0");
  EXPECT_EQ(Parse('y', "550-a\n550-\n550 5.1.1 c\r\n\0"s)->text, "a\n\nc");
  for (const std::string& bad : {"550-a\n551 b\0"s, "550-a\nb\0"s, "550-a\n\n550 b\0"s}) {
    EXPECT_FALSE(Parse('y', bad).ok()) << bad;
  }
  std::string many;
  for (int i = 0; i < 32; ++i) {
    many += "550-x\r\n";
  }
  EXPECT_TRUE(Parse('y', many + '\0').ok());
  EXPECT_FALSE(Parse('y', many + "550 x" + '\0').ok());
  EXPECT_EQ(Parse('y', "550 100%% or 5%\0"s)->text, "100% or 5%");
  EXPECT_EQ(Parse('4', "")->code, 421);
  const auto plain = Parse('y', "451 5.7.1 of another class\0"s);
  EXPECT_EQ(plain->status, "4.7.1");
  EXPECT_EQ(plain->text, "5.7.1 of another class");
  EXPECT_EQ(Parse('y', "550\0"s)->text, "");
  for (const std::string& bad :
       {""s, "550"s, "\0"s, "250 ok\0"s, "354 go\0"s, "55\0"s, "5500\0"s, "570 x\0"s, "5x0 x\0"s}) {
    EXPECT_FALSE(Parse('y', bad).ok()) << bad;
  }
}

TEST(MilterCodecTest, ReadsModifications) {
  const auto added = Parse('h', "X-A\0b\0"s);
  EXPECT_EQ(added->kind, Reply::Kind::kAddHeader);
  EXPECT_EQ(added->first, "X-A");
  EXPECT_EQ(added->second, "b");
  const auto inserted = Parse('i', "\0\0\1\2X-A\0b\0"s);
  EXPECT_EQ(inserted->kind, Reply::Kind::kInsertHeader);
  EXPECT_EQ(inserted->index, 258u);
  EXPECT_EQ(Parse('m', "\0\0\0\1A\0\0"s)->kind, Reply::Kind::kChangeHeader);
  EXPECT_EQ(Parse('b', "any\0thing"s)->first, "any\0thing"s);
  EXPECT_EQ(Parse('+', "<a@b>\0"s)->first, "a@b");
  EXPECT_EQ(Parse('2', "<a@b>\0NOTIFY=NEVER\0"s)->first, "a@b");
  EXPECT_EQ(Parse('-', "a@b\0"s)->kind, Reply::Kind::kDeleteRecipient);
  EXPECT_EQ(Parse('e', "<>\0"s)->first, "");
  EXPECT_EQ(Parse('q', "virus\0"s)->kind, Reply::Kind::kQuarantine);
  EXPECT_FALSE(Parse('h', "X-A\0b"s).ok());
  EXPECT_FALSE(Parse('h', "X-A\0"s).ok());
  EXPECT_FALSE(Parse('h', "X-A\0b\0c\0"s).ok());
  EXPECT_FALSE(Parse('i', "\0\0\1"s).ok());
  EXPECT_FALSE(Parse('m', "\0\0\0\1A\0"s).ok());
  EXPECT_FALSE(Parse('+', "a@b"s).ok());
  EXPECT_FALSE(Parse('q', ""s).ok());
}

}  // namespace
}  // namespace posthorn::filter::milter
