#pragma once

#include <string>

#include "posthorn/v1/structure.pb.h"

namespace posthorn::imap {

// RFC 3501 7.4.2: BODYSTRUCTURE, or with `extended` false BODY, which has no extension data.
// `rev2`: by the grammar of RFC 9051. Iterative: the depth of the message costs no stack. A part
// list that contradicts itself gives valid output still.
void AppendBodyStructure(std::string& out, const v1::BodyStructure& structure, bool extended,
                         bool rev2);

}  // namespace posthorn::imap
