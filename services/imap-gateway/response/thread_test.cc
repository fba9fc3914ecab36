#include "imap-gateway/response/thread.h"

#include <gtest/gtest.h>

#include <vector>

namespace posthorn::imap {
namespace {

std::string Format(const std::vector<std::uint32_t>& numbers,
                   const std::vector<std::uint32_t>& children) {
  std::string out;
  AppendThread(out, {numbers, children});
  return out;
}

TEST(Thread, ThatOfRfc5256) {
  // RFC 5256 4: (2)(3 6 (4 23)(44 7 96))
  EXPECT_EQ(Format({2, 3, 6, 4, 23, 44, 7, 96}, {0, 1, 2, 1, 0, 1, 1, 0}),
            "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n");
  EXPECT_EQ(Format({}, {}), "* THREAD\r\n");
}

TEST(Thread, AMissingParentHasNoNumber) {
  EXPECT_EQ(Format({0, 3, 5}, {2, 0, 0}), "* THREAD ((3)(5))\r\n");
  EXPECT_EQ(Format({1, 0, 3, 5, 9}, {1, 2, 0, 0, 0}), "* THREAD (1 (3)(5))(9)\r\n");
}

TEST(Thread, DeepOnesTakeNoStack) {
  constexpr std::uint32_t kDepth = 200'000;
  std::vector<std::uint32_t> numbers(kDepth, 7);
  std::vector<std::uint32_t> children(kDepth, 1);
  children.back() = 0;
  EXPECT_EQ(Format(numbers, children).size(), std::string("* THREAD (").size() + 2 * kDepth + 2);
}

TEST(Thread, WhatDoesNotAddUpIsCutOff) {
  EXPECT_EQ(Format({1, 2, 3}, {5, 0}), "* THREAD (1 (2))\r\n");
}

}  // namespace
}  // namespace posthorn::imap
