#include "common/net/deflate.h"

#include <gtest/gtest.h>

#include <random>

namespace posthorn::net {
namespace {

std::string Compress(Deflater& deflater, absl::string_view data) {
  std::string all;
  std::string out;
  do {
    deflater.Next(data, out);
    all += out;
  } while (!out.empty() || !data.empty());
  return all;
}

std::string Inflate(Inflater& inflater, absl::string_view octets) {
  inflater.Feed(octets);
  std::string all;
  char data[1000];
  while (true) {
    const auto made = inflater.Read(data, sizeof data);
    EXPECT_TRUE(made.ok()) << made.status();
    if (!made.ok() || *made == 0) {
      return all;
    }
    all.append(data, *made);
  }
}

// A client's side: zlib with a flush of its choice.
class Client {
 public:
  Client() { deflateInit2(&stream_, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY); }
  ~Client() { deflateEnd(&stream_); }
  std::string Send(absl::string_view text, int flush) {
    std::string out(2 * text.size() + 1000, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    deflate(&stream_, flush);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  z_stream stream_ = {};
};

std::string RandomText(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>(random());
  }
  return text;
}

TEST(Deflate, EveryMessageCanBeReadWhenItIsComplete) {
  Deflater deflater;
  Inflater inflater;
  for (const std::string& text : {std::string("a1 NOOP\r\n"), std::string(300000, 'x'),
                                  RandomText(200000), std::string("z")}) {
    EXPECT_EQ(Inflate(inflater, Compress(deflater, text)), text);
    deflater.Shrink();
    inflater.Shrink();
  }
  EXPECT_EQ(Compress(deflater, ""), "");
}

TEST(Deflate, WordsSentBeforeAShrinkStillCompress) {
  Deflater deflater;
  const std::string line = "* LIST (\\HasNoChildren) \"/\" \"A mailbox of some length\"\r\n";
  Inflater inflater;
  EXPECT_EQ(Inflate(inflater, Compress(deflater, line)), line);
  deflater.Shrink();
  inflater.Shrink();
  const std::string again = Compress(deflater, line);
  EXPECT_LT(again.size(), 20u);
  EXPECT_EQ(Inflate(inflater, again), line);
}

// RFC 4978: a peer may flush in any way that lets its octets be read.
TEST(Inflate, TakesEveryKindOfFlushAndEverySplit) {
  for (const int flush : {Z_SYNC_FLUSH, Z_PARTIAL_FLUSH, Z_FULL_FLUSH}) {
    Client client;
    Inflater inflater;
    for (int i = 0; i < 50; ++i) {
      const std::string text = "a" + std::to_string(i) + " UID FETCH 1:* (FLAGS)\r\n";
      std::string got;
      for (const char octet : client.Send(text, flush)) {
        got += Inflate(inflater, absl::string_view(&octet, 1));
        inflater.Shrink();
      }
      EXPECT_EQ(got, text) << flush;
    }
  }
}

TEST(Inflate, WhatStandsForNothingIsNoOutput) {
  Client client;
  Inflater inflater;
  const std::string octets = client.Send("a NOOP\r\n", Z_SYNC_FLUSH);
  inflater.Feed(octets.substr(0, octets.size() - 4));  // without the end of the flush
  EXPECT_TRUE(inflater.HasOutput());
  char data[100];
  EXPECT_EQ(*inflater.Read(data, sizeof data), 8u);
  EXPECT_FALSE(inflater.HasOutput());
  inflater.Feed(octets.substr(octets.size() - 4));
  EXPECT_FALSE(inflater.HasOutput());
  EXPECT_EQ(Inflate(inflater, client.Send("b NOOP\r\n", Z_SYNC_FLUSH)), "b NOOP\r\n");
}

TEST(Inflate, RefusesWhatIsNoDeflate) {
  Inflater inflater;
  inflater.Feed("a NOOP\r\n and what else comes as text");
  char data[100];
  EXPECT_TRUE(absl::IsDataLoss(inflater.Read(data, sizeof data).status()));
  EXPECT_TRUE(inflater.HasOutput());  // the error
  EXPECT_FALSE(inflater.Read(data, sizeof data).ok());
}

TEST(Inflate, RefusesABomb) {
  Client client;
  Inflater inflater;
  std::string data(1 << 20, '\0');
  const std::string zeros(16 << 20, '\0');
  std::uint64_t made = 0;
  absl::Status status;
  for (int i = 0; i < 10 && status.ok(); ++i) {
    inflater.Feed(client.Send(zeros, Z_SYNC_FLUSH));
    while (true) {
      const auto octets = inflater.Read(data.data(), data.size());
      status = octets.status();
      if (!octets.ok() || *octets == 0) {
        break;
      }
      made += *octets;
    }
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_GE(made, Inflater::kFloor);
  EXPECT_LT(made, Inflater::kFloor + (32 << 20));
}

// RFC 8437 4.1: the client's compression ends behind UNAUTHENTICATE, and text may follow at once.
TEST(Inflate, KnowsWhereTheLayerEnds) {
  for (const int flush : {Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH}) {
    Client client;
    Inflater inflater;
    inflater.Feed(client.Send("a UNAUTHENTICATE\r\n", flush) + "b NOOP\r\n");
    char data[100];
    ASSERT_EQ(*inflater.Read(data, sizeof data), 18u);
    EXPECT_EQ(inflater.TakeRest(), "b NOOP\r\n") << flush;
  }
}

}  // namespace
}  // namespace posthorn::net
