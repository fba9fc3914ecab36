#include "mailstore/storage/body_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "mailstore/storage/body_codec.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

constexpr size_t kPage = 8'192;

// Text that compresses well, octets that do not, and base64 in turn.
std::string Mixed(size_t size) {
  std::mt19937 random(7);
  std::string octets = "Subject: mixed\r\n\r\n";
  while (octets.size() < size) {
    const unsigned kind = octets.size() / 50'000 % 3;
    octets.push_back(kind == 0   ? "lorem ipsum dolor"[octets.size() % 17]
                     : kind == 1 ? static_cast<char>(random())
                                 : static_cast<char>('A' + random() % 26));
  }
  return octets;
}

std::string Restore(const StoredMessage& message, const std::vector<BodyChunk>& before) {
  std::string octets;
  if (message.in_row) {
    EXPECT_TRUE(Decode(message.codec, message.body, message.size, &octets).ok());
    return octets;
  }
  for (const auto* chunks : {&before, &message.chunks}) {
    for (const BodyChunk& chunk : *chunks) {
      EXPECT_EQ(chunk.start, static_cast<int64_t>(octets.size()));
      EXPECT_LE(chunk.plain_size, kMaxChunkPlain);
      EXPECT_LT(chunk.data.size(), kPage - 100);
      EXPECT_TRUE(
          Decode(chunk.codec, chunk.data, static_cast<size_t>(chunk.plain_size), &octets).ok());
    }
  }
  return octets;
}

TEST(BodyWriterTest, OctetsComeBackWhateverTheFrames) {
  for (const size_t size : {0u, 10u, 7'000u, 9'000u, 32'768u, 32'769u, 40'000u, 700'000u}) {
    const std::string octets = Mixed(size).substr(0, size);
    for (const size_t frame : {1'000u, 65'536u, 262'144u}) {
      BodyWriter writer;
      std::vector<BodyChunk> taken;
      for (size_t at = 0; at < octets.size(); at += frame) {
        writer.Feed(absl::string_view(octets).substr(at, frame));
        if (writer.chunk_bytes() > 100'000) {
          for (BodyChunk& chunk : writer.TakeChunks()) {
            taken.push_back(std::move(chunk));
          }
        }
      }
      const StoredMessage message = writer.Finish();
      EXPECT_EQ(message.size, size);
      EXPECT_TRUE(Restore(message, taken) == octets) << size << " in " << frame;
    }
  }
}

TEST(BodyWriterTest, AShortMessageIsInItsRowAndFitsAPage) {
  BodyWriter writer;
  writer.Feed(Mixed(20'000));
  const StoredMessage message = writer.Finish();
  ASSERT_TRUE(message.in_row);
  EXPECT_EQ(message.codec, Codec::kZstd);
  EXPECT_LT(message.body.size() + message.envelope.size() + message.body_structure.size(),
            kPage - 100);
  EXPECT_EQ(message.header_size, 18u);
  v1::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(message.envelope));
  EXPECT_EQ(envelope.subject(), "mixed");
}

TEST(BodyCodecTest, DamageIsFound) {
  std::string data;
  ASSERT_EQ(Encode(std::string(5'000, 'a'), &data), Codec::kZstd);
  std::string out;
  EXPECT_FALSE(Decode(Codec::kZstd, data, 4'999, &out).ok());
  EXPECT_FALSE(Decode(Codec::kZstd, "rubbish", 7, &out).ok());
  EXPECT_FALSE(Decode(Codec::kPlain, "abc", 4, &out).ok());
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace posthorn::store
