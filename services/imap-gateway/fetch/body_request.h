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
    kNil,              // there is no such section
    kEmpty,            // there is, without octets in the range asked for
    kOctets,           // as they are
    kFields,           // a header from which fields are chosen
    kSize,             // the number of octets that the store counts
    kUnknownEncoding,  // octets that cannot be decoded (RFC 3516 4.3)
  };
  Kind kind = Kind::kNil;
  v1::BodyRange range;  // of kOctets, kFields and kSize
};

// `structure` is parsed from row.structure, empty where the plan needs none.
BodyPiece PieceFor(const FetchItem& item, std::uint32_t uid, const v1::BodyStructure& structure);

}  // namespace posthorn::imap
