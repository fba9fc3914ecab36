#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mailstore/message/columns_proto.h"
#include "mailstore/message/flag_arguments.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

// So few UIDs the batch looks up by itself, whether they exist or not.
constexpr size_t kFew = 1'000;

FlagsOp::Mode ModeOf(v1::StoreFlagsRequest::Mode mode) {
  switch (mode) {
    case v1::StoreFlagsRequest::MODE_REMOVE:
      return FlagsOp::Mode::kRemove;
    case v1::StoreFlagsRequest::MODE_REPLACE:
      return FlagsOp::Mode::kReplace;
    default:
      return FlagsOp::Mode::kAdd;
  }
}

// RFC 4314 4: STORE fails only if none of its flags may be changed.
absl::Status CheckAnyFlag(const v1::StoreFlagsRequest& request, Rights rights) {
  const FlagMask changeable = ChangeableFlags(rights);
  const bool named = request.flags() != 0 || !request.keywords().empty();
  const bool allowed = named && request.mode() != v1::StoreFlagsRequest::MODE_REPLACE
                           ? changeable.Of(request.flags()) != 0 ||
                                 (changeable.keywords && !request.keywords().empty())
                           : !changeable.none();
  return allowed ? absl::OkStatus() : CheckRights(rights, Rights::All());
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoStoreFlags(const v1::StoreFlagsRequest& request,
                                                           v1::StoreFlagsResponse& response) {
  const auto mailbox = co_await Authorize(request.caller(), request.mailbox(), Right::kRead);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  if (const absl::Status status = CheckFlags(request.flags(), request.keywords()); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = CheckAnyFlag(request, mailbox->rights); !status.ok()) {
    co_return status;
  }
  const absl::StatusOr<UidRanges> set = UidRanges::Parse(request.uids());
  if (!set.ok()) {
    co_return set.status();
  }
  std::optional<std::vector<uint32_t>> uids = set->Expand(kFew);
  if (!uids.has_value()) {
    const auto index = co_await Index(*mailbox);
    if (!index.ok()) {
      co_return index.status();
    }
    uids = (*index)->Read(
        [&set](const MailboxColumns& columns) { return set->Intersect(columns.uids); });
  }
  FlagsOp flags{.mailbox = *mailbox,
                .uids = *std::move(uids),
                .mode = ModeOf(request.mode()),
                .changeable = ChangeableFlags(mailbox->rights),
                .flags = request.flags(),
                .keywords = {request.keywords().begin(), request.keywords().end()}};
  if (request.has_unchanged_since()) {
    if (request.idempotency_key().empty()) {
      co_return absl::InvalidArgumentError("unchanged_since needs an idempotency key");
    }
    flags.unchanged_since = ModSeq(static_cast<int64_t>(
        std::min<uint64_t>(request.unchanged_since(), std::numeric_limits<int64_t>::max())));
    flags.key = request.idempotency_key();
  }
  const auto op = std::make_shared<Op>(std::move(flags));
  if (const absl::Status status = co_await store_.batcher().Run(op); !status.ok()) {
    co_return status;
  }
  const auto& result = std::get<FlagsOp>(*op);
  for (const MessageRow& row : result.rows) {
    AddRow(row, response.mutable_state());
  }
  for (const ModSeq modseq : result.before) {
    response.add_modseqs_before(static_cast<uint64_t>(modseq.value()));
  }
  EncodeUids(result.modified, response.mutable_modified());
  response.set_highest_modseq(static_cast<uint64_t>(result.state.highest_modseq.value()));
  for (const std::string& keyword : result.state.keywords) {
    response.add_keywords(keyword);
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
