#include "imap-gateway/notify/metadata_news.h"

#include "absl/strings/string_view.h"
#include "imap-gateway/response/metadata_text.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {
namespace {

// Accounts whose annotations one session may watch.
constexpr std::size_t kMaxWatched = 500;
constexpr std::size_t kMaxEntriesOfLine = 100;
// changes.proto.
constexpr std::uint32_t kMailboxList = 0;
constexpr std::uint32_t kAnnotations = UINT32_MAX;
constexpr std::uint64_t kEveryone = 0;

}  // namespace

MetadataNews::MetadataNews(Session& session) : session_(session) {
  shares_.push_back(MakeWatch(session.store().login().account_id(), kMailboxList));
  shares_.push_back(MakeWatch(kEveryone, kMailboxList));
}

std::unique_ptr<Watch> MetadataNews::MakeWatch(std::uint64_t account, std::uint32_t what) {
  return session_.services().changes.Add(account, what, session_.stream().executor(),
                                         [this](const ChangePtr&) {
                                           pending_ = true;
                                           session_.stream().Wake();
                                         });
}

// What the client knows from now on, and whom to watch.
void MetadataNews::Learn(const v1::ListMetadataChangesResponse& response) {
  known_.clear();
  std::map<std::uint64_t, std::unique_ptr<Watch>> before = std::move(watches_);
  watches_.clear();
  for (const v1::MetadataVersion& version : response.versions()) {
    const std::uint64_t account = version.account_id();
    known_[account] = version.version();
    if (watches_.size() < kMaxWatched) {
      std::unique_ptr<Watch>& watch = before[account];
      watches_[account] = watch ? std::move(watch) : MakeWatch(account, kAnnotations);
    }
  }
  std::erase_if(own_, [this](const auto& own) {
    const auto known = known_.find(own.first);
    return known == known_.end() || own.second <= known->second;
  });
}

asio::awaitable<absl::Status> MetadataNews::Tell(Wanted wanted) {
  pending_ = false;
  v1::ListMetadataChangesRequest request;
  for (const auto& [account, version] : known_) {
    v1::MetadataVersion* known = request.add_known();
    known->set_account_id(account);
    known->set_version(version);
  }
  v1::ListMetadataChangesResponse response;
  const absl::Status status = co_await session_.store().Call<v1::Metadata>(
      &MetadataMethods::ListMetadataChanges, request, response);
  if (!status.ok()) {
    pending_ = true;
    co_return status;
  }
  std::vector<absl::string_view> entries;
  for (int i = 0; i < response.changes_size(); ++i) {
    const auto& change = response.changes(i);
    if (!own_.contains({change.version().account_id(), change.version().version()}) &&
        wanted(change.mailbox())) {
      entries.push_back(change.entry());
    }
    const bool last =
        i + 1 == response.changes_size() || response.changes(i + 1).mailbox() != change.mailbox();
    if (!entries.empty() && (last || entries.size() == kMaxEntriesOfLine)) {
      AppendChangedEntries(session_.out(), change.mailbox(), session_.features().names(), entries);
      entries.clear();
    }
  }
  Learn(response);
  co_return absl::OkStatus();
}

asio::awaitable<void> TellMetadataNews(Session& session, bool look) {
  MetadataNews* news = session.notifications() == nullptr ? session.metadata_news() : nullptr;
  if (news == nullptr || session.state() == kLogout || session.output().broken() ||
      !(look || news->pending())) {
    co_return;
  }
  // A failure shows at the next command.
  (void)co_await news->Tell([](const std::string&) { return true; });
}

}  // namespace posthorn::imap
