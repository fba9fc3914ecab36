#include "imap-gateway/store/flag_changes.h"

#include "imap-gateway/session/updates.h"

namespace posthorn::imap {
namespace {
// Beyond it a change is told again, which is harmless; the memory of a session stays bounded.
constexpr std::size_t kMaxRemembered = 10000;
}  // namespace

asio::awaitable<absl::Status> StoreFlags(Session& session, v1::StoreFlagsRequest& request,
                                         v1::StoreFlagsResponse& response) {
  SelectedMailbox& mailbox = session.selected();
  *request.mutable_mailbox() = mailbox.ref;
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::StoreFlags, request, response);
  if (!status.ok()) {
    co_return status;
  }
  LearnKeywords(session, response.keywords());
  const v1::FlagColumns& state = response.state();
  for (int i = 0; i < state.uids_size() && mailbox.own_changes.size() < kMaxRemembered; ++i) {
    if (state.modseqs(i) > mailbox.modseq) {
      mailbox.own_changes[state.uids(i)] = {state.modseqs(i), state.flags(i), state.keywords(i)};
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::imap
