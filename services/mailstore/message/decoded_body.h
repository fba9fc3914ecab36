// Octets of a body with their Content-Transfer-Encoding undone (RFC 3516), a window at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "mail/transfer_encoding.h"
#include "mailstore/message/body_reader.h"

namespace posthorn::store {

// Decodes octets `begin` to before `end` of a body, and gives those of the result that lie in a
// part of it. The reader, which has the body loaded, must outlive it.
class DecodedBody {
 public:
  struct Part {
    uint64_t offset = 0;
    uint64_t length = 0;  // 0: to the end
  };

  DecodedBody(BodyReader& reader, const BlobBody& body, uint64_t begin, uint64_t end,
              mail::TransferEncoding encoding, Part part)
      : reader_(reader), body_(body), next_(begin), end_(end), part_(part), decoder_(encoding) {}

  // The next octets of the part; empty at its end.
  boost::asio::awaitable<absl::StatusOr<std::string>> Next();

 private:
  // Cuts decoded octets to what of them is in the part.
  std::string Cut(std::string octets);

  BodyReader& reader_;
  const BlobBody& body_;
  uint64_t next_;
  const uint64_t end_;
  const Part part_;
  mail::TransferDecoder decoder_;
  uint64_t decoded_ = 0;  // octets that came out of it
  bool ended_ = false;
};

// How many octets a decoded part has, and whether one of them is NUL.
struct DecodedExtent {
  uint64_t octets = 0;
  bool has_nul = false;
};
boost::asio::awaitable<absl::StatusOr<DecodedExtent>> MeasureDecoded(DecodedBody body);

}  // namespace posthorn::store
