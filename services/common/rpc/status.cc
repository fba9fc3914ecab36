#include "common/rpc/status.h"

#include <string>

#include "absl/strings/cord.h"

namespace posthorn::rpc {
namespace {

constexpr absl::string_view kDetailUrl = "type.posthorn/v1.ErrorDetail";

// Status messages may hold what a client sent; HTTP/2 trailers bear no unbounded text.
constexpr size_t kMaxMessage = 512;

}  // namespace

absl::Status MakeError(absl::StatusCode code, v1::ErrorDetail::Reason reason,
                       absl::string_view message) {
  absl::Status status(code, message);
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  // By string_view: clang and gcc (which built Abseil) mangle Cord(std::string&&) differently.
  const std::string octets = detail.SerializeAsString();
  status.SetPayload(kDetailUrl, absl::Cord(absl::string_view(octets)));
  return status;
}

v1::ErrorDetail::Reason ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kDetailUrl);
  v1::ErrorDetail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) {
    return v1::ErrorDetail::REASON_UNSPECIFIED;
  }
  return detail.reason();
}

bool OutcomeUnknown(const absl::Status& status) {
  const auto reason = ReasonOf(status);
  if (reason == v1::ErrorDetail::REASON_OUTCOME_UNKNOWN) {
    return true;
  }
  return reason == v1::ErrorDetail::REASON_UNSPECIFIED &&
         (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
          absl::IsCancelled(status));
}

bool IsTemporary(const absl::Status& status) {
  return OutcomeUnknown(status) || absl::IsUnavailable(status) ||
         ReasonOf(status) == v1::ErrorDetail::REASON_OVERLOADED;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) {
    return grpc::Status::OK;
  }
  std::string detail;
  if (const auto payload = status.GetPayload(kDetailUrl); payload.has_value()) {
    detail = std::string(*payload);
  }
  // The codes of absl and gRPC are the same numbers.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message().substr(0, kMaxMessage)), detail);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (v1::ErrorDetail detail;
      !status.error_details().empty() && detail.ParseFromString(status.error_details())) {
    const std::string octets = status.error_details();
    result.SetPayload(kDetailUrl, absl::Cord(absl::string_view(octets)));
  }
  return result;
}

}  // namespace posthorn::rpc
