// A message made into one of 7 bits, for a next hop without 8BITMIME or BINARYMIME (RFC 6152 3,
// RFC 3030 3).
//
// Bodies of 8-bit or binary text become quoted-printable, others base64, and fields say so. The
// message is read twice, in frames of any size, and never held:
//
//   DowngradeScan scan;  // first reading
//   scan.Feed(...);
//   absl::StatusOr<DowngradePlan> plan = scan.Finish();
//   Downgrader downgrader(*std::move(plan));
//   downgrader.Feed(..., &out);  // second reading, of the same octets
//   downgrader.Finish(&out);
//
// Signatures over the body (DKIM) do not survive. Lines end with CRLF afterwards, and have at most
// 998 octets except in headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mail/downgrade_plan.h"  // IWYU pragma: export
#include "mail/transfer_encoder.h"

namespace posthorn::mail {

class Downgrader {
 public:
  explicit Downgrader(DowngradePlan plan);

  // Appends what the next octets become, in which none is above 127 or NUL. FailedPrecondition if a
  // header has octets above 127 (RFC 6532: no transfer encoding helps), DataLoss if the message is
  // not the one that was scanned. After that what was written is no message and must not be ended.
  absl::Status Feed(absl::string_view frame, std::string* out);
  absl::Status Finish(std::string* out);

 private:
  void Copy(absl::string_view octets, std::string* out);
  void EndCopy(std::string* out);
  void StartRegion(const DowngradeRegion& region, std::string* out);
  absl::Status EndRegion(const DowngradeRegion& region, std::string* out);

  const DowngradePlan plan_;
  size_t next_ = 0;  // region
  uint64_t offset_ = 0;
  bool cr_ = false;     // the last octet copied was CR, which is held back
  std::string header_;  // of the region
  std::string decoded_;
  TransferDecoder decoder_;
  TransferEncoder encoder_;
};

// The same for a message that is in memory.
absl::StatusOr<std::string> DowngradeMessage(absl::string_view message);

}  // namespace posthorn::mail
