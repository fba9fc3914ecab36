#include "imap-gateway/fetch/body_request.h"

#include "absl/strings/match.h"
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

std::optional<v1::TransferDecoding> DecodingOf(absl::string_view encoding) {
  for (const absl::string_view identity : {"", "7BIT", "8BIT", "BINARY"}) {
    if (absl::EqualsIgnoreCase(encoding, identity)) {
      return v1::TRANSFER_DECODING_IDENTITY;
    }
  }
  if (absl::EqualsIgnoreCase(encoding, "BASE64")) {
    return v1::TRANSFER_DECODING_BASE64;
  }
  if (absl::EqualsIgnoreCase(encoding, "QUOTED-PRINTABLE")) {
    return v1::TRANSFER_DECODING_QUOTED_PRINTABLE;
  }
  return std::nullopt;
}

// RFC 3516 4.2: a part after its transfer encoding was undone; the message itself has none.
BodyPiece Decoded(const FetchItem& item, std::uint32_t uid, const v1::BodyStructure& structure) {
  BodyPiece piece;
  std::optional<v1::TransferDecoding> decoding = v1::TRANSFER_DECODING_IDENTITY;
  if (!item.section.part.empty()) {
    const v1::BodyPart* part = FindPart(structure, item.section.part);
    if (part == nullptr) {
      return piece;
    }
    decoding = DecodingOf(part->encoding());
    if (!decoding) {
      piece.kind = BodyPiece::Kind::kUnknownEncoding;
      return piece;
    }
    if (part->body_size() == 0) {
      piece.kind = BodyPiece::Kind::kEmpty;
      return piece;
    }
    piece.range.set_offset(part->body_offset());
    piece.range.set_length(part->body_size());
  }
  piece.kind =
      item.kind == FetchItem::Kind::kBinarySize ? BodyPiece::Kind::kSize : BodyPiece::Kind::kOctets;
  piece.range.set_uid(uid);
  piece.range.set_section(v1::BODY_SECTION_ALL);
  piece.range.set_decoding(*decoding);
  piece.range.set_size_only(piece.kind == BodyPiece::Kind::kSize);
  if (item.partial) {
    piece.range.set_decoded_offset(item.partial->offset);
    piece.range.set_decoded_length(item.partial->count);
  }
  return piece;
}

}  // namespace

BodyPiece PieceFor(const FetchItem& item, std::uint32_t uid, const v1::BodyStructure& structure) {
  if (item.Decodes()) {
    return Decoded(item, uid, structure);
  }
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
