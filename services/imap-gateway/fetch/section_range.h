#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "imap-gateway/parser/section.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::imap {

// Octets of the stored message.
struct OctetRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const OctetRange&) const = default;
};

// Where a section lies (RFC 3501 6.4.5), from the offsets kept with the message; for
// HEADER.FIELDS the whole header they are taken from. nullopt: the message has no such section.
std::optional<OctetRange> FindSection(const v1::BodyStructure& structure, const Section& section);

// The part with that number, which is not empty; nullptr: the message has none. Points into the
// structure.
const v1::BodyPart* FindPart(const v1::BodyStructure& structure,
                             const std::vector<std::uint32_t>& number);

// The structure of that part with all below it, of the whole for an empty number; empty: the
// message has no such part.
v1::BodyStructure SubStructure(const v1::BodyStructure& structure,
                               const std::vector<std::uint32_t>& number);

// The octets of `range` that a partial asks for; none past the end.
OctetRange Clip(const OctetRange& range, const std::optional<Partial>& partial);

}  // namespace posthorn::imap
