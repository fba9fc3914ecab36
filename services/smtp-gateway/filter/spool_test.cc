#include "smtp-gateway/filter/spool.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace posthorn::filter {
namespace {

std::string Pattern(size_t size) {
  std::string octets(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    octets[i] = static_cast<char>(i * 7 + i / 251);
  }
  return octets;
}

TEST(SpoolTest, HoldsShortAndLongMessages) {
  SpoolSpace space(testing::TempDir(), 10 << 20);
  for (const size_t size :
       {size_t{0}, size_t{1}, Spool::kInMemory, Spool::kInMemory + 1, size_t{1'000'000}}) {
    const std::string octets = Pattern(size);
    Spool spool(space);
    for (size_t at = 0; at < size; at += 100'000) {
      ASSERT_TRUE(spool.Append(absl::string_view(octets).substr(at, 100'000)).ok());
    }
    EXPECT_EQ(spool.size(), size);
    std::string read;
    while (read.size() < size) {
      const auto piece = spool.Read(read.size(), 70'001);
      ASSERT_TRUE(piece.ok() && !piece->empty());
      read += *piece;
    }
    EXPECT_EQ(read, octets);
    EXPECT_EQ(*spool.Read(size, 10), "");
    EXPECT_EQ(space.used(), size > Spool::kInMemory ? size : 0);
  }
  EXPECT_EQ(space.used(), 0u);
}

TEST(SpoolTest, TakesNoMoreThanThereIsRoomFor) {
  SpoolSpace space(testing::TempDir(), 500'000);
  Spool one(space);
  EXPECT_TRUE(one.Append(Pattern(400'000)).ok());
  Spool two(space);
  EXPECT_TRUE(absl::IsResourceExhausted(two.Append(Pattern(300'000))));
  one.Clear();
  Spool three(space);
  EXPECT_TRUE(three.Append(Pattern(300'000)).ok());
}

TEST(SpoolTest, LeavesNothingInItsFolder) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "posthorn_spool_test";
  std::filesystem::create_directory(folder);
  SpoolSpace space(folder.string(), 1 << 20);
  Spool spool(space);
  ASSERT_TRUE(spool.Append(Pattern(300'000)).ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

TEST(SpoolTest, MovesWithItsShareOfTheSpace) {
  SpoolSpace space(testing::TempDir(), 1 << 20);
  Spool spool(space);
  ASSERT_TRUE(spool.Append(Pattern(300'000)).ok());
  Spool other = spool.Another();
  ASSERT_TRUE(other.Append(Pattern(400'000)).ok());
  spool = std::move(other);
  EXPECT_EQ(space.used(), 400'000u);
  EXPECT_EQ(*spool.Read(0, 500'000), Pattern(400'000));
}

TEST(SpoolTest, SaysThatItsFolderIsGone) {
  SpoolSpace space("/nonexistent", 1 << 20);
  Spool spool(space);
  EXPECT_FALSE(spool.Append(Pattern(300'000)).ok());
}

}  // namespace
}  // namespace posthorn::filter
