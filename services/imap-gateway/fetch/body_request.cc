#include "imap-gateway/fetch/body_request.h"

#include "imap-gateway/fetch/section_range.h"

namespace posthorn::imap {
namespace {

bool ChoosesFields(const Section& section) {
  return section.text == Section::Text::kHeaderFields ||
         section.text == Section::Text::kHeaderFieldsNot;
}

// A section of the whole message: the store knows where it lies.
BodyPiece WholeMessage(const FetchItem& item, std::uint32_t uid) {
  BodyPiece piece;
  piece.range.set_uid(uid);
  piece.kind = BodyPiece::Kind::kOctets;
  if (item.section.text == Section::Text::kAll) {
    piece.range.set_section(v1::BODY_SECTION_ALL);
  } else if (item.section.text == Section::Text::kText) {
    piece.range.set_section(v1::BODY_SECTION_TEXT);
  } else {
    piece.range.set_section(v1::BODY_SECTION_HEADER);
  }
  if (ChoosesFields(item.section)) {
    piece.kind = BodyPiece::Kind::kFields;
  } else if (item.partial) {
    piece.range.set_offset(item.partial->offset);
    piece.range.set_length(item.partial->count);
  }
  return piece;
}

}  // namespace

BodyPiece PieceFor(const FetchItem& item, std::uint32_t uid, const v1::BodyStructure& structure) {
  if (item.section.part.empty()) {
    return WholeMessage(item, uid);
  }
  BodyPiece piece;
  const std::optional<OctetRange> found = FindSection(structure, item.section);
  if (!found) {
    return piece;
  }
  const bool fields = ChoosesFields(item.section);
  const OctetRange range = fields ? *found : Clip(*found, item.partial);
  // For the store a length of 0 means the rest, so nothing is not asked for.
  if (range.length == 0) {
    piece.kind = fields ? BodyPiece::Kind::kFields : BodyPiece::Kind::kEmpty;
    return piece;
  }
  piece.kind = fields ? BodyPiece::Kind::kFields : BodyPiece::Kind::kOctets;
  piece.range.set_uid(uid);
  piece.range.set_section(v1::BODY_SECTION_ALL);
  piece.range.set_offset(range.offset);
  piece.range.set_length(range.length);
  return piece;
}

}  // namespace posthorn::imap
