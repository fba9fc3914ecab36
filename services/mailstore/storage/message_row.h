// A message in a mailbox, without its octets.
#pragma once

#include <cstdint>

#include "mailstore/ids.h"

namespace posthorn::store {

struct MessageRow {
  Uid uid;
  ModSeq modseq;
  BlobId blob;
  int64_t internal_date = 0;  // Unix seconds
  uint64_t keywords = 0;      // mask
  uint32_t size = 0;          // octets
  uint32_t flags = 0;         // v1::SystemFlag bits
};

}  // namespace posthorn::store
