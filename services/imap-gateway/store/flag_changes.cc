#include "imap-gateway/store/flag_changes.h"

#include "imap-gateway/session/updates.h"

namespace posthorn::imap {
namespace {
// Beyond it a change is told again, which is harmless; the memory of a session stays bounded.
constexpr std::size_t kMaxRemembered = 10000;

// Whether nobody else has changed message `i` since the session read its changes.
bool OnlyOwnChange(const SelectedMailbox& mailbox, const v1::StoreFlagsResponse& response, int i) {
  if (i >= response.modseqs_before_size()) {
    return false;
  }
  const std::uint64_t before = response.modseqs_before(i);
  const auto own = mailbox.own_changes.find(response.state().uids(i));
  return before <= mailbox.modseq ||
         (own != mailbox.own_changes.end() && own->second.modseq == before);
}

}  // namespace

asio::awaitable<absl::Status> StoreFlags(Session& session, v1::StoreFlagsRequest& request,
                                         NewFlags new_flags, v1::StoreFlagsResponse& response) {
  SelectedMailbox& mailbox = session.selected();
  *request.mutable_mailbox() = mailbox.ref;
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::StoreFlags, request, response);
  if (!status.ok()) {
    co_return status;
  }
  LearnKeywords(session, response.keywords());
  const v1::FlagColumns& state = response.state();
  for (int i = 0; i < state.uids_size(); ++i) {
    if (new_flags == NewFlags::kTold) {
      mailbox.flag_news.Told(state.uids(i), state.modseqs(i));
    } else {
      mailbox.flag_news.Renew(state.uids(i), {state.flags(i), state.keywords(i), state.modseqs(i)});
    }
  }
  // Even the next MODSEQ after the one that was read is not this change's alone: it is that of all
  // changes that were committed with it. So the changes are read, and those of others told.
  for (int i = 0; i < state.uids_size() && mailbox.own_changes.size() < kMaxRemembered; ++i) {
    // After .SILENT the client takes the flags to be what it knew with this change applied, so a
    // change of others before it must be told.
    if (state.modseqs(i) > mailbox.modseq &&
        (new_flags == NewFlags::kTold || OnlyOwnChange(mailbox, response, i))) {
      mailbox.own_changes[state.uids(i)] = {state.modseqs(i), state.flags(i), state.keywords(i)};
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::imap
