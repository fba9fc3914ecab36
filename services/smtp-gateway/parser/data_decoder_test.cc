#include "smtp-gateway/parser/data_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

using Status = DataDecoder::Status;

struct Decoded {
  Status status;
  std::string out;
  std::string rest;
};

// Feeds the input in pieces of `step` octets.
Decoded Decode(const std::string& input, size_t step, size_t max_line = 1000) {
  DataDecoder decoder(max_line);
  Decoded decoded{Status::kMore, "", ""};
  size_t pos = 0;
  while (pos < input.size() && decoded.status == Status::kMore) {
    const std::string_view piece = std::string_view(input).substr(pos, step);
    const size_t before = decoded.out.size();
    size_t consumed = 0;
    decoded.status = decoder.Feed(piece, &decoded.out, &consumed);
    EXPECT_LE(decoded.out.size() - before, piece.size() + 1);
    if (decoded.status == Status::kMore) {
      EXPECT_EQ(consumed, piece.size());
    }
    pos += consumed;
  }
  decoded.rest = input.substr(pos);
  return decoded;
}

struct Case {
  const char* name;
  const char* input;
  Status status;
  const char* out;
  const char* rest;
};

const Case kCases[] = {
    {"empty", ".\r\n", Status::kEnd, "", ""},
    {"one line", "a\r\n.\r\n", Status::kEnd, "a\r\n", ""},
    {"rest stays", "a\r\n.\r\nQUIT\r\n", Status::kEnd, "a\r\n", "QUIT\r\n"},
    {"unstuffed", "..\r\n...a\r\n.b\r\n.\r\n", Status::kEnd, ".\r\n..a\r\nb\r\n", ""},
    {"dot inside", "a.\r\n.\r\n", Status::kEnd, "a.\r\n", ""},
    {"empty lines", "\r\n\r\n.\r\n", Status::kEnd, "\r\n\r\n", ""},
    {"unfinished", "a\r\n.", Status::kMore, "a\r\n", ""},
    // SMTP smuggling: what other servers took for the end of the data.
    {"lf dot crlf", "a\n.\r\nMAIL", Status::kBareLineEnd, "", nullptr},
    {"lf dot lf", "a\r\n\n.\n", Status::kBareLineEnd, "a\r\n", nullptr},
    {"crlf dot lf", "a\r\n.\nMAIL", Status::kBareLineEnd, "a\r\n", nullptr},
    {"crlf dot cr", "a\r\n.\rMAIL", Status::kBareLineEnd, "a\r\n", nullptr},
    {"cr dot cr", "a\r.\r", Status::kBareLineEnd, "a", nullptr},
    {"crlf dot crcrlf", "a\r\n.\r\r\n", Status::kBareLineEnd, "a\r\n", nullptr},
    {"crcrlf", "a\r\r\n.\r\n", Status::kBareLineEnd, "a", nullptr},
    {"dot lf first", ".\n", Status::kBareLineEnd, "", nullptr},
};

TEST(DataDecoderTest, DecodesWhateverThePieces) {
  for (const Case& test : kCases) {
    const std::string input = test.input;
    for (size_t step = 1; step <= input.size(); ++step) {
      const Decoded decoded = Decode(input, step);
      EXPECT_EQ(decoded.status, test.status) << test.name << " by " << step;
      if (test.status != Status::kBareLineEnd) {
        EXPECT_EQ(decoded.out, test.out) << test.name << " by " << step;
        EXPECT_EQ(decoded.rest, test.rest) << test.name << " by " << step;
      }
    }
  }
}

TEST(DataDecoderTest, PassesAllOtherOctets) {
  std::string line;
  for (int c = 0; c < 256; ++c) {
    if (c != '\r' && c != '\n') {
      line.push_back(static_cast<char>(c));
    }
  }
  const Decoded decoded = Decode(line + "\r\n.\r\n", 7);
  EXPECT_EQ(decoded.status, Status::kEnd);
  EXPECT_EQ(decoded.out, line + "\r\n");
}

TEST(DataDecoderTest, LimitsLines) {
  const std::string fits(10, 'x');
  EXPECT_EQ(Decode(fits + "\r\n" + fits + "\r\n.\r\n", 3, 10).status, Status::kEnd);
  EXPECT_EQ(Decode(fits + "x\r\n.\r\n", 3, 10).status, Status::kLineTooLong);
  EXPECT_EQ(Decode("." + fits + "\r\n.\r\n", 3, 10).status, Status::kEnd);
}

}  // namespace
}  // namespace posthorn::smtp
