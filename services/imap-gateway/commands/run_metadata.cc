// GETMETADATA, SETMETADATA (RFC 5464).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/notify/metadata_news.h"
#include "imap-gateway/response/metadata_text.h"

namespace posthorn::imap {
namespace {

constexpr int kMaxValue = 65'536;  // of the contract

// The empty name is the server's.
absl::StatusOr<std::string> ServerOrMailbox(Session& session, const std::string& wire) {
  return wire.empty() ? absl::StatusOr<std::string>(std::string()) : ExistingMailbox(session, wire);
}

v1::MetadataDepth DepthOf(MetadataDepth depth) {
  switch (depth) {
    case MetadataDepth::kOne:
      return v1::METADATA_DEPTH_1;
    case MetadataDepth::kInfinity:
      return v1::METADATA_DEPTH_INFINITY;
    case MetadataDepth::kZero:
      break;
  }
  return v1::METADATA_DEPTH_0;
}

// RFC 5464 4.2.1: takes out what is longer than the client wants. The longest of them, or 0.
std::size_t DropLong(std::size_t max_size, v1::GetMetadataResponse& response) {
  std::size_t longest = 0;
  auto* annotations = response.mutable_annotations();
  const auto is_long = [&](const v1::Annotation& annotation) {
    const std::size_t size = annotation.value().size();
    longest = size > max_size ? std::max(longest, size) : longest;
    return size > max_size;
  };
  annotations->erase(std::remove_if(annotations->begin(), annotations->end(), is_long),
                     annotations->end());
  return longest;
}

// RFC 5464 4.3: the limits have codes of their own.
Completion SetError(const absl::Status& status) {
  switch (rpc::ReasonOf(status)) {
    case v1::ErrorDetail::REASON_TOO_LARGE:
      return No(absl::StrCat("METADATA MAXSIZE ", kMaxValue), "The value is too large");
    case v1::ErrorDetail::REASON_TOO_MANY:
      return No("METADATA TOOMANY", "Too many annotations");
    default:
      return FromStatus(status);
  }
}

}  // namespace

Done RunGetMetadata(Session& session, GetMetadataArguments arguments) {
  const absl::StatusOr<std::string> name = ServerOrMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::GetMetadataRequest request;
  request.set_mailbox(*name);
  for (std::string& entry : arguments.entries) {
    request.add_entries(std::move(entry));
  }
  request.set_depth(DepthOf(arguments.depth));
  v1::GetMetadataResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Metadata>(&MetadataMethods::GetMetadata, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  const std::size_t longest = arguments.max_size ? DropLong(*arguments.max_size, response) : 0;
  if (!response.annotations().empty()) {
    AppendMetadata(session.out(), *name, session.features().names(), response.annotations());
  }
  Completion completion = Ok("Getmetadata completed");
  if (longest > 0) {
    completion.code = absl::StrCat("METADATA LONGENTRIES ", longest);
  }
  co_return completion;
}

Done RunSetMetadata(Session& session, SetMetadataArguments arguments) {
  const absl::StatusOr<std::string> name = ServerOrMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::SetMetadataRequest request;
  request.set_mailbox(*name);
  for (auto& [entry, value] : arguments.entries) {
    v1::Annotation* annotation = request.add_annotations();
    annotation->set_entry(std::move(entry));
    if (value) {
      annotation->set_value(*std::move(value));
    }
  }
  v1::SetMetadataResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Metadata>(&MetadataMethods::SetMetadata, request, response);
  if (!status.ok()) {
    co_return SetError(status);
  }
  if (MetadataNews* news = session.metadata_news()) {
    news->AddOwn(response.version());
  }
  co_return Ok("Setmetadata completed");
}

}  // namespace posthorn::imap
