#include "imap-gateway/fetch/section_range.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

v1::BodyPart* Add(v1::BodyStructure& structure, const char* type, std::uint32_t children,
                  std::uint64_t at) {
  v1::BodyPart* part = structure.add_parts();
  part->set_type(type);
  part->set_children(children);
  part->set_header_offset(at);
  part->set_header_size(10);
  part->set_body_offset(at + 10);
  part->set_body_size(100);
  return part;
}

// RFC 3501 6.4.5's example in small: 1 text, 2 message of a multipart (text, text), 3 text.
v1::BodyStructure Sample() {
  v1::BodyStructure structure;
  Add(structure, "MULTIPART", 3, 0);
  Add(structure, "TEXT", 0, 1000);       // 1
  Add(structure, "MESSAGE", 1, 2000);    // 2
  Add(structure, "MULTIPART", 2, 2010);  //   the message in it
  Add(structure, "TEXT", 0, 3000);       // 2.1
  Add(structure, "TEXT", 0, 4000);       // 2.2
  Add(structure, "TEXT", 0, 5000);       // 3
  return structure;
}

std::optional<std::uint64_t> At(const v1::BodyStructure& structure, absl::string_view text) {
  const std::string bracketed = "[" + std::string(text) + "]";
  Scanner scanner(bracketed);
  const Section section = ParseSection(scanner);
  EXPECT_TRUE(scanner.ok()) << text;
  const auto range = FindSection(structure, section);
  return range ? std::optional(range->offset) : std::nullopt;
}

TEST(FindSection, FollowsPartNumbers) {
  const v1::BodyStructure structure = Sample();
  EXPECT_EQ(At(structure, ""), 0u);
  EXPECT_EQ(At(structure, "HEADER"), 0u);
  EXPECT_EQ(At(structure, "TEXT"), 10u);
  EXPECT_EQ(At(structure, "1"), 1010u);
  EXPECT_EQ(At(structure, "1.MIME"), 1000u);
  EXPECT_EQ(At(structure, "2"), 2010u);
  EXPECT_EQ(At(structure, "2.MIME"), 2000u);
  EXPECT_EQ(At(structure, "2.HEADER"), 2010u);
  EXPECT_EQ(At(structure, "2.TEXT"), 2020u);
  EXPECT_EQ(At(structure, "2.1"), 3010u);
  EXPECT_EQ(At(structure, "2.2.MIME"), 4000u);
  EXPECT_EQ(At(structure, "3"), 5010u);
}

TEST(FindSection, WhatIsNotThere) {
  const v1::BodyStructure structure = Sample();
  for (const char* text : {"4", "1.1", "2.3", "2.1.1", "1.HEADER", "1.TEXT", "9.9.9"}) {
    EXPECT_EQ(At(structure, text), std::nullopt) << text;
  }
  EXPECT_EQ(At(v1::BodyStructure(), "1"), std::nullopt);
}

TEST(FindSection, SinglePartIsItsOwnPartOne) {
  v1::BodyStructure structure;
  Add(structure, "TEXT", 0, 0);
  EXPECT_EQ(At(structure, "1"), 10u);
  EXPECT_EQ(At(structure, "1.MIME"), 0u);
  EXPECT_EQ(At(structure, "1.1"), std::nullopt);
  EXPECT_EQ(At(structure, "2"), std::nullopt);
}

TEST(FindSection, MessageOfASinglePart) {
  v1::BodyStructure structure;
  Add(structure, "MESSAGE", 1, 0);
  Add(structure, "TEXT", 0, 500);
  EXPECT_EQ(At(structure, "1"), 10u);
  EXPECT_EQ(At(structure, "1.1"), 510u);
  EXPECT_EQ(At(structure, "1.HEADER"), 500u);
}

TEST(FindSection, CountsThatLieAreHarmless) {
  v1::BodyStructure structure;
  Add(structure, "MULTIPART", 4000000000u, 0);
  Add(structure, "MULTIPART", 4000000000u, 10);
  EXPECT_EQ(At(structure, "3999999999.1"), std::nullopt);
  EXPECT_EQ(At(structure, "1"), 20u);
}

TEST(FindPart, PartsByTheirNumbers) {
  const v1::BodyStructure structure = Sample();
  EXPECT_EQ(FindPart(structure, {2}), &structure.parts(2));
  EXPECT_EQ(FindPart(structure, {2, 2}), &structure.parts(5));
  EXPECT_EQ(FindPart(structure, {4}), nullptr);
  EXPECT_EQ(FindPart(v1::BodyStructure(), {1}), nullptr);
}

TEST(SubStructure, APartWithAllBelowIt) {
  const v1::BodyStructure structure = Sample();
  EXPECT_EQ(SubStructure(structure, {}).parts_size(), 7);
  EXPECT_EQ(SubStructure(structure, {1}).parts_size(), 1);
  const v1::BodyStructure message = SubStructure(structure, {2});
  ASSERT_EQ(message.parts_size(), 4);
  EXPECT_EQ(message.parts(0).header_offset(), 2000u);
  EXPECT_EQ(message.parts(3).header_offset(), 4000u);
  EXPECT_EQ(SubStructure(structure, {2, 1}).parts_size(), 1);
  EXPECT_EQ(SubStructure(structure, {9}).parts_size(), 0);
}

TEST(Clip, Partials) {
  EXPECT_EQ(Clip({10, 100}, std::nullopt), (OctetRange{10, 100}));
  EXPECT_EQ(Clip({10, 100}, Partial{5, 10}), (OctetRange{15, 10}));
  EXPECT_EQ(Clip({10, 100}, Partial{95, 10}), (OctetRange{105, 5}));
  EXPECT_EQ(Clip({10, 100}, Partial{100, 10}), (OctetRange{110, 0}));
  EXPECT_EQ(Clip({10, 100}, Partial{1ull << 62, 1ull << 62}), (OctetRange{110, 0}));
}

}  // namespace
}  // namespace posthorn::imap
