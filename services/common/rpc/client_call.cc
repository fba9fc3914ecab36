#include "common/rpc/client_call.h"

namespace posthorn::rpc {

bool ShouldTryNext(const absl::Status& status) {
  return absl::IsUnavailable(status) &&
         ReasonOf(status) != v1::ErrorDetail::REASON_STORE_UNAVAILABLE;
}

}  // namespace posthorn::rpc
