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
  int64_t save_date = 0;      // Unix seconds: when it came into this mailbox
  uint64_t keywords = 0;      // mask
  uint32_t size = 0;          // octets
  uint32_t flags = 0;         // v1::SystemFlag bits
};

}  // namespace posthorn::store
