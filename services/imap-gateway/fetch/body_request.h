#pragma once

#include <optional>
#include <vector>

#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/fetch/message_row.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::imap {

// Where the octets of one section of one message come from.
struct BodyPiece {
  enum class Kind {
    kNil,     // there is no such section
    kEmpty,   // there is, without octets in the range asked for
    kOctets,  // as they are
    kFields,  // a header from which fields are chosen
  };
  Kind kind = Kind::kNil;
  v1::BodyRange range;  // of kOctets and kFields
};

// `structure` is parsed from row.structure, empty where the plan needs none.
BodyPiece PieceFor(const FetchItem& item, std::uint32_t uid, const v1::BodyStructure& structure);

}  // namespace posthorn::imap
