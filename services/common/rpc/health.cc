#include "common/rpc/health.h"

#include <grpcpp/support/slice.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace posthorn::rpc {

bool SaysServing(const grpc::ByteBuffer& response) {
  // HealthCheckResponse{status: SERVING}: field 1, varint 1.
  constexpr absl::string_view kServing("\x08\x01", 2);
  std::vector<grpc::Slice> slices;
  std::string octets;
  if (response.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      octets.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return octets == kServing;
}

}  // namespace posthorn::rpc
