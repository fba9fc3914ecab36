#include "mailstore/batch/recorded_result.h"

#include "mailstore/storage/uid_set.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {
namespace {

// The first octet of a record.
constexpr char kAdd = 'A';
constexpr char kCopy = 'C';

absl::Status WrongKind() {
  return absl::InvalidArgumentError("idempotency key was used for something else");
}

bool Read(absl::string_view octets, char kind, google::protobuf::Message* message) {
  return !octets.empty() && octets.front() == kind &&
         message->ParseFromArray(octets.data() + 1, static_cast<int>(octets.size() - 1));
}

std::vector<uint32_t> Expand(const v1::UidSet& set) {
  std::vector<uint32_t> uids;
  if (const auto ranges = UidRanges::Parse(set); ranges.ok()) {
    for (const UidRanges::Range& range : ranges->ranges()) {
      for (uint64_t uid = range.first; uid <= range.last; ++uid) {
        uids.push_back(static_cast<uint32_t>(uid));
      }
    }
  }
  return uids;
}

}  // namespace

std::string WriteResult(const AddOp& op) {
  v1::AppendResponse response;
  response.set_uidvalidity(op.places.front().uidvalidity);
  response.set_uid(op.places.front().uid.value());
  response.set_modseq(op.places.front().modseq.value());
  return kAdd + response.SerializeAsString();
}

std::string WriteResult(const CopyOp& op) {
  v1::CopyMessagesResponse response;
  response.set_uidvalidity(op.uidvalidity);
  EncodeUids(op.source_uids, response.mutable_source_uids());
  EncodeUids(op.destination_uids, response.mutable_destination_uids());
  return kCopy + response.SerializeAsString();
}

absl::Status ReadResult(absl::string_view octets, AddOp* op) {
  v1::AppendResponse response;
  if (!Read(octets, kAdd, &response)) {
    return WrongKind();
  }
  op->places = {{response.uidvalidity(), Uid(response.uid()),
                 ModSeq(static_cast<int64_t>(response.modseq()))}};
  return absl::OkStatus();
}

absl::Status ReadResult(absl::string_view octets, CopyOp* op) {
  v1::CopyMessagesResponse response;
  if (!Read(octets, kCopy, &response)) {
    return WrongKind();
  }
  op->uidvalidity = response.uidvalidity();
  op->source_uids = Expand(response.source_uids());
  op->destination_uids = Expand(response.destination_uids());
  return absl::OkStatus();
}

}  // namespace posthorn::store
