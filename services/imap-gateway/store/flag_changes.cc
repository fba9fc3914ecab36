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

// Whether the call made the next change of the mailbox after what the session has read: there is no
// MODSEQ between, and each call that changes something has one of its own.
bool IsNextChange(const SelectedMailbox& mailbox, const v1::StoreFlagsResponse& response) {
  for (int i = 0; i < response.modseqs_before_size(); ++i) {
    const std::uint64_t modseq = response.state().modseqs(i);
    if (modseq == mailbox.modseq + 1 && response.modseqs_before(i) < modseq) {
      return true;
    }
  }
  return false;
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
  if (IsNextChange(mailbox, response)) {
    ++mailbox.modseq;
    co_return absl::OkStatus();
  }
  // Others have changed something before: it is read, and told, and this change with it is not.
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
