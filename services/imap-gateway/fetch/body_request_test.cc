#include "imap-gateway/fetch/body_request.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

v1::BodyStructure SinglePart() {
  v1::BodyStructure structure;
  v1::BodyPart* part = structure.add_parts();
  part->set_type("TEXT");
  part->set_header_size(50);
  part->set_body_offset(50);
  part->set_body_size(200);
  return structure;
}

BodyPiece Piece(absl::string_view text) {
  Scanner scanner(text);
  const std::vector<FetchItem> items = ParseFetchItems(scanner);
  EXPECT_TRUE(scanner.ok() && items.size() == 1) << text;
  return PieceFor(items[0], 9, SinglePart());
}

TEST(PieceFor, WholeMessageSections) {
  const BodyPiece all = Piece("BODY[]<10.20>");
  EXPECT_EQ(all.kind, BodyPiece::Kind::kOctets);
  EXPECT_EQ(all.range.uid(), 9u);
  EXPECT_EQ(all.range.section(), v1::BODY_SECTION_ALL);
  EXPECT_EQ(all.range.offset(), 10u);
  EXPECT_EQ(all.range.length(), 20u);
  EXPECT_EQ(Piece("RFC822.TEXT").range.section(), v1::BODY_SECTION_TEXT);
  EXPECT_EQ(Piece("RFC822.HEADER").range.section(), v1::BODY_SECTION_HEADER);
}

TEST(PieceFor, FieldsTakeTheWholeHeader) {
  const BodyPiece fields = Piece("BODY[HEADER.FIELDS (From)]<5.10>");
  EXPECT_EQ(fields.kind, BodyPiece::Kind::kFields);
  EXPECT_EQ(fields.range.section(), v1::BODY_SECTION_HEADER);
  EXPECT_EQ(fields.range.length(), 0u);
}

TEST(PieceFor, PartsByTheirOffsets) {
  const BodyPiece part = Piece("BODY[1]<150.100>");
  EXPECT_EQ(part.kind, BodyPiece::Kind::kOctets);
  EXPECT_EQ(part.range.offset(), 200u);
  EXPECT_EQ(part.range.length(), 50u);
  EXPECT_EQ(Piece("BODY[1]<200.1>").kind, BodyPiece::Kind::kEmpty);
  EXPECT_EQ(Piece("BODY[2]").kind, BodyPiece::Kind::kNil);
  EXPECT_EQ(Piece("BODY[1.HEADER]").kind, BodyPiece::Kind::kNil);
}

}  // namespace
}  // namespace posthorn::imap
