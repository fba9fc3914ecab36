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

TEST(PieceFor, DecodedParts) {
  v1::BodyStructure structure = SinglePart();
  const auto piece = [&structure](absl::string_view text, const char* encoding) {
    structure.mutable_parts(0)->set_encoding(encoding);
    Scanner scanner(text);
    const std::vector<FetchItem> items = ParseFetchItems(scanner);
    EXPECT_TRUE(scanner.ok() && items.size() == 1) << text;
    return PieceFor(items[0], 9, structure);
  };
  const BodyPiece part = piece("BINARY[1]<5.7>", "BASE64");
  EXPECT_EQ(part.kind, BodyPiece::Kind::kOctets);
  EXPECT_EQ(part.range.offset(), 50u);
  EXPECT_EQ(part.range.length(), 200u);
  EXPECT_EQ(part.range.decoding(), v1::TRANSFER_DECODING_BASE64);
  EXPECT_EQ(part.range.decoded_offset(), 5u);
  EXPECT_EQ(part.range.decoded_length(), 7u);
  const BodyPiece size = piece("BINARY.SIZE[1]", "Quoted-Printable");
  EXPECT_EQ(size.kind, BodyPiece::Kind::kSize);
  EXPECT_TRUE(size.range.size_only());
  EXPECT_EQ(size.range.decoding(), v1::TRANSFER_DECODING_QUOTED_PRINTABLE);
  EXPECT_EQ(piece("BINARY[]", "BASE64").range.decoding(), v1::TRANSFER_DECODING_IDENTITY);
  EXPECT_EQ(piece("BINARY[1]", "8BIT").range.decoding(), v1::TRANSFER_DECODING_IDENTITY);
  EXPECT_EQ(piece("BINARY[1]", "X-UUENCODE").kind, BodyPiece::Kind::kUnknownEncoding);
  EXPECT_EQ(piece("BINARY[7]", "7BIT").kind, BodyPiece::Kind::kNil);
  structure.mutable_parts(0)->set_body_size(0);
  EXPECT_EQ(piece("BINARY[1]", "BASE64").kind, BodyPiece::Kind::kEmpty);
}

}  // namespace
}  // namespace posthorn::imap
