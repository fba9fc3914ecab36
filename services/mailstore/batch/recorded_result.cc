#include "mailstore/batch/recorded_result.h"

#include "mailstore/caller.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {
namespace {

// The first octet of a record.
constexpr char kAdd = 'A';
constexpr char kCopy = 'C';
constexpr char kFlags = 'F';

// An empty record: the caller was told that this will not be done (Delivery.SettleDelivery).
absl::Status Unusable(absl::string_view octets) {
  return octets.empty() ? absl::AbortedError("the caller has given the write up")
                        : absl::InvalidArgumentError("idempotency key was used for something else");
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
  if (!op.places.empty()) {
    response.set_uidvalidity(op.places.front().uidvalidity);
    response.set_uid(op.places.front().uid.value());
    response.set_modseq(op.places.front().modseq.value());
  }
  return kAdd + response.SerializeAsString();
}

std::string WriteResult(const AppendOp& op) {
  v1::AppendResponse response;
  *response.mutable_mailbox() = ToProto(op.mailbox);
  response.set_uidvalidity(op.uidvalidity);
  response.set_uid(op.first_uid);
  response.set_messages(op.added);
  response.set_modseq(op.modseq.value());
  return kAdd + response.SerializeAsString();
}

std::string WriteResult(const CopyOp& op) {
  v1::CopyMessagesResponse response;
  response.set_uidvalidity(op.uidvalidity);
  EncodeUids(op.source_uids, response.mutable_source_uids());
  EncodeUids(op.destination_uids, response.mutable_destination_uids());
  return kCopy + response.SerializeAsString();
}

std::string WriteResult(const FlagsOp& op) {
  v1::StoreFlagsResponse response;
  for (const MessageRow& row : op.rows) {
    v1::FlagColumns* state = response.mutable_state();
    state->add_uids(row.uid.value());
    state->add_flags(row.flags);
    state->add_keywords(row.keywords);
    state->add_modseqs(static_cast<uint64_t>(row.modseq.value()));
  }
  EncodeUids(op.modified, response.mutable_modified());
  return kFlags + response.SerializeAsString();
}

absl::Status ReadResult(absl::string_view octets, AddOp* op) {
  v1::AppendResponse response;
  if (!Read(octets, kAdd, &response)) {
    return Unusable(octets);
  }
  if (op->targets.empty()) {
    return absl::OkStatus();
  }
  op->places = {{response.uidvalidity(), Uid(response.uid()),
                 ModSeq(static_cast<int64_t>(response.modseq()))}};
  return absl::OkStatus();
}

absl::Status ReadResult(absl::string_view octets, v1::AppendResponse* response) {
  return Read(octets, kAdd, response) ? absl::OkStatus() : Unusable(octets);
}

absl::Status ReadResult(absl::string_view octets, AppendOp* op) {
  v1::AppendResponse response;
  if (const absl::Status status = ReadResult(octets, &response); !status.ok()) {
    return status;
  }
  op->uidvalidity = response.uidvalidity();
  op->first_uid = response.uid();
  op->added = response.messages();
  op->modseq = ModSeq(static_cast<int64_t>(response.modseq()));
  return absl::OkStatus();
}

absl::Status ReadResult(absl::string_view octets, CopyOp* op) {
  v1::CopyMessagesResponse response;
  if (!Read(octets, kCopy, &response)) {
    return Unusable(octets);
  }
  op->uidvalidity = response.uidvalidity();
  op->source_uids = Expand(response.source_uids());
  op->destination_uids = Expand(response.destination_uids());
  return absl::OkStatus();
}

absl::Status ReadResult(absl::string_view octets, FlagsOp* op) {
  v1::StoreFlagsResponse response;
  if (!Read(octets, kFlags, &response)) {
    return Unusable(octets);
  }
  op->rows.clear();
  const v1::FlagColumns& state = response.state();
  for (int i = 0; i < state.uids_size(); ++i) {
    MessageRow row;
    row.uid = Uid(state.uids(i));
    row.flags = state.flags(i);
    row.keywords = state.keywords(i);
    row.modseq = ModSeq(static_cast<int64_t>(state.modseqs(i)));
    op->rows.push_back(row);
  }
  op->modified = Expand(response.modified());
  return absl::OkStatus();
}

}  // namespace posthorn::store
