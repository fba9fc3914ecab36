#include "imap-gateway/fetch/section_range.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

// Walks the pre-order part list. Positions are indices; kNone is no part.
class PartTree {
 public:
  static constexpr int kNone = -1;
  explicit PartTree(const v1::BodyStructure& structure) : structure_(structure) {}

  const v1::BodyPart& at(int part) const { return structure_.parts(part); }

  bool IsMultipart(int part) const { return absl::EqualsIgnoreCase(at(part).type(), "MULTIPART"); }
  bool IsMessage(int part) const {
    return !IsMultipart(part) && at(part).children() == 1 && part + 1 < structure_.parts_size();
  }

  // Part `number` (from 1) of a message whose body is `body`: a child of a multipart, or the body
  // itself as part 1 (RFC 3501 6.4.5).
  int Numbered(int body, std::uint32_t number) const {
    if (!IsMultipart(body)) {
      return number == 1 ? body : kNone;
    }
    return Child(body, number);
  }

  // Part `number` below `part`.
  int Below(int part, std::uint32_t number) const {
    if (IsMultipart(part)) {
      return Child(part, number);
    }
    return IsMessage(part) ? Numbered(part + 1, number) : kNone;
  }

  // The index behind `part` and all below it.
  int Skip(int part) const {
    std::uint64_t left = 1;
    while (left > 0 && part < structure_.parts_size()) {
      left += at(part).children();
      --left;
      ++part;
    }
    return part;
  }

 private:
  int Child(int part, std::uint32_t number) const {
    if (number == 0 || number > at(part).children()) {
      return kNone;
    }
    int child = part + 1;
    for (std::uint32_t i = 1; i < number && child < structure_.parts_size(); ++i) {
      child = Skip(child);
    }
    return child < structure_.parts_size() ? child : kNone;
  }

  const v1::BodyStructure& structure_;
};

OctetRange HeaderOf(const v1::BodyPart& part) { return {part.header_offset(), part.header_size()}; }
OctetRange BodyOf(const v1::BodyPart& part) { return {part.body_offset(), part.body_size()}; }

// A section of a whole message whose body is `body`.
OctetRange OfMessage(const v1::BodyPart& body, Section::Text text) {
  switch (text) {
    case Section::Text::kAll:
      return {body.header_offset(), body.body_offset() + body.body_size() - body.header_offset()};
    case Section::Text::kText:
      return BodyOf(body);
    default:
      return HeaderOf(body);
  }
}

// The index of a part; `number` is not empty.
int IndexOf(const PartTree& tree, const std::vector<std::uint32_t>& number) {
  int part = tree.Numbered(0, number.front());
  for (std::size_t i = 1; i < number.size() && part != PartTree::kNone; ++i) {
    part = tree.Below(part, number[i]);
  }
  return part;
}

}  // namespace

const v1::BodyPart* FindPart(const v1::BodyStructure& structure,
                             const std::vector<std::uint32_t>& number) {
  if (structure.parts().empty()) {
    return nullptr;
  }
  const PartTree tree(structure);
  const int part = IndexOf(tree, number);
  return part == PartTree::kNone ? nullptr : &tree.at(part);
}

v1::BodyStructure SubStructure(const v1::BodyStructure& structure,
                               const std::vector<std::uint32_t>& number) {
  if (number.empty() || structure.parts().empty()) {
    return structure;
  }
  const PartTree tree(structure);
  const int part = IndexOf(tree, number);
  v1::BodyStructure sub;
  const int end = part == PartTree::kNone ? part : tree.Skip(part);
  for (int i = part; i < end; ++i) {
    *sub.add_parts() = structure.parts(i);
  }
  return sub;
}

std::optional<OctetRange> FindSection(const v1::BodyStructure& structure, const Section& section) {
  if (structure.parts().empty()) {
    return std::nullopt;
  }
  const PartTree tree(structure);
  if (section.part.empty()) {
    return OfMessage(structure.parts(0), section.text);
  }
  const int part = IndexOf(tree, section.part);
  if (part == PartTree::kNone) {
    return std::nullopt;
  }
  if (section.text == Section::Text::kAll) {
    return BodyOf(tree.at(part));
  }
  if (section.text == Section::Text::kMime) {
    return HeaderOf(tree.at(part));
  }
  // RFC 3501 6.4.5: HEADER and TEXT of a part are those of the message it encapsulates.
  if (!tree.IsMessage(part)) {
    return std::nullopt;
  }
  return OfMessage(tree.at(part + 1), section.text);
}

OctetRange Clip(const OctetRange& range, const std::optional<Partial>& partial) {
  if (!partial) {
    return range;
  }
  const std::uint64_t skipped = std::min(partial->offset, range.length);
  return {range.offset + skipped, std::min(partial->count, range.length - skipped)};
}

}  // namespace posthorn::imap
