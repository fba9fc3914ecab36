// The first reading of a message that is made into one of 7 bits: what has to change (RFC 6152 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mail/mime_scanner.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {

// A stretch of the message that changes. What lies between stays.
struct DowngradeRegion {
  enum class Kind : uint8_t {
    kKeptHeader,  // stays, if it is of 7 bits
    kPartHeader,
    kMessageHeader,  // where MIME-Version and Content-Type may have to be added
    kBody,
  };
  uint64_t offset = 0;
  uint64_t size = 0;  // never 0
  Kind kind = Kind::kBody;
  TransferEncoding from = TransferEncoding::kIdentity;  // bodies: what it is in now
  // Bodies: what it becomes. Headers that change: what Content-Transfer-Encoding shall say;
  // kIdentity: 7bit.
  TransferEncoding to = TransferEncoding::kIdentity;
};

struct DowngradePlan {
  std::vector<DowngradeRegion> regions;  // by offset, apart from each other
  uint64_t size = 0;                     // of the message
};

// Takes a message in frames of any size. Memory: the structure of the message (see ScanLimits) and
// an octet for every 512 of it.
class DowngradeScan {
 public:
  void Feed(absl::string_view frame);
  // To be called once. FailedPrecondition if the message cannot be changed: octets that 7 bits
  // cannot carry under multipart/signed (RFC 1847 2.1), in a message/partial or
  // message/external-body, or in an encoding that is not known; more or deeper parts, or longer
  // headers, than are scanned.
  absl::StatusOr<DowngradePlan> Finish();

 private:
  class Planner;

  void Mark(uint64_t offset);

  MimeScanner scanner_;
  // One bit for a block of 64 octets: whether one in it is above 127, NUL, a bare CR or LF, or the
  // 999th of its line. A part may be taken for needing what only its neighbour needs.
  std::vector<bool> marks_;
  uint64_t offset_ = 0;
  uint64_t line_octets_ = 0;
  bool cr_ = false;
};

}  // namespace posthorn::mail
