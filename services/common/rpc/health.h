// The health of a gRPC server (grpc.health.v1), asked without generated code: Debian ships none.
#pragma once

#include <grpcpp/support/byte_buffer.h>

namespace posthorn::rpc {

// Called with an empty message: the server as a whole.
inline constexpr char kHealthCheckMethod[] = "/grpc.health.v1.Health/Check";

// Whether a HealthCheckResponse says SERVING.
bool SaysServing(const grpc::ByteBuffer& response);

}  // namespace posthorn::rpc
