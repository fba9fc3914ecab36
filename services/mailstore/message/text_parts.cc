#include "mailstore/message/text_parts.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "mail/header.h"
#include "mail/transfer_encoding.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

// Octets of the message, cut to it: a structure and a body that disagree do no harm.
absl::string_view Slice(absl::string_view message, uint64_t offset, uint64_t size) {
  return offset >= message.size() ? absl::string_view() : message.substr(offset, size);
}

bool HeaderContains(absl::string_view block, const mail::CaselessMatcher& needle) {
  mail::HeaderReader reader(block);
  while (const auto field = reader.Next()) {
    // The whole field, name included: RFC 9051 6.4.4 says "the header".
    if (needle.MatchesHeader(block.substr(field->offset, field->size))) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::string_view CharsetOf(const v1::BodyPart& part) {
  for (const v1::Parameter& parameter : part.parameters()) {
    if (absl::EqualsIgnoreCase(parameter.name(), "charset")) {
      return parameter.value();
    }
  }
  return {};
}

bool TextContains(absl::string_view message, absl::string_view body_structure,
                  const mail::CaselessMatcher& needle, bool header) {
  v1::BodyStructure structure;
  if (!structure.ParseFromArray(body_structure.data(), static_cast<int>(body_structure.size())) ||
      structure.parts().empty()) {
    return false;
  }
  const v1::BodyPart& top = structure.parts(0);
  if (header && HeaderContains(Slice(message, top.header_offset(), top.header_size()), needle)) {
    return true;
  }
  for (int i = 0; i < structure.parts_size(); ++i) {
    const v1::BodyPart& part = structure.parts(i);
    if (part.has_envelope() && i + 1 < structure.parts_size()) {
      const v1::BodyPart& embedded = structure.parts(i + 1);
      if (HeaderContains(Slice(message, embedded.header_offset(), embedded.header_size()),
                         needle)) {
        return true;
      }
    }
    if (part.type() == "TEXT") {
      mail::PartSearch search(needle, mail::ParseTransferEncoding(part.encoding()),
                              CharsetOf(part));
      if (search.Feed(Slice(message, part.body_offset(), part.body_size())) || search.Finish()) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace posthorn::store
