// Which service may call which method of mailstore.
#pragma once

#include <grpcpp/security/auth_metadata_processor.h>

#include "absl/strings/string_view.h"

namespace posthorn::store {

// Whether the service whose certificate has this common name may call the method, given as gRPC
// has it: "/posthorn.v1.Auth/Authenticate". Health is open to every service that has a certificate.
bool MayCall(absl::string_view service, absl::string_view method);

// The policy before every call: set it on the server's credentials, and no handler, present or
// future, is reached without it. PERMISSION_DENIED for what the table does not name;
// UNAUTHENTICATED without a verified client certificate. Runs inline, never blocks.
class ServicePolicy final : public grpc::AuthMetadataProcessor {
 public:
  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* peer,
                       OutputMetadata* consumed, OutputMetadata* response) override;
};

}  // namespace posthorn::store
