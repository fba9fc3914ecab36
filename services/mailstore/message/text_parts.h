// The text of a message, for SEARCH BODY and TEXT.
#pragma once

#include "absl/strings/string_view.h"
#include "mail/text_search.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {

// Whether the decoded text parts of the message, or the header fields of embedded messages, contain
// the needle; with `header` also the fields of its own header. `body_structure` is a serialized
// v1::BodyStructure.
bool TextContains(absl::string_view message, absl::string_view body_structure,
                  const mail::CaselessMatcher& needle, bool header);

// The part's charset parameter; empty if it has none.
absl::string_view CharsetOf(const v1::BodyPart& part);

}  // namespace posthorn::store
