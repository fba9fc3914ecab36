// ESEARCH: a search over several mailboxes (RFC 7377).
#include "imap-gateway/commands/run_esearch.h"

#include <algorithm>

#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/tell_found.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/esearch.h"
#include "imap-gateway/search/filters.h"
#include "imap-gateway/search/find.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/search/search_sources.h"
#include "imap-gateway/search/translate.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kMaxMailboxes = 10'000;

// RFC 7377 2.1: nothing is told of a mailbox where nothing was found.
void TellMailbox(Session& session, const SearchArguments& search, absl::string_view name,
                 std::uint32_t uidvalidity, const Found& found) {
  if (found.uids.empty()) {
    return;
  }
  const SearchCorrelator correlator{.tag = session.tag(),
                                    .uid = true,
                                    .mailbox = name,
                                    .uidvalidity = uidvalidity,
                                    .names = session.features().names()};
  const SearchData data{.returns = search.returns,
                        .results = found.uids,
                        .relevancies = found.relevancies,
                        .modseq = HighestModSeq(search.returns, found.modseqs)};
  AppendEsearch(session.out(), correlator, data);
}

// A mailbox that is not selected, by its name: it is opened as EXAMINE does, which checks the
// rights. One that is not there, or that the user may not read, is passed over (RFC 7377 2.2).
Done SearchNamed(Session& session, const SearchArguments& search, const std::string& name) {
  v1::OpenMailboxRequest open;
  open.set_name(name);
  open.set_read_only(true);
  v1::OpenMailboxResponse opened;
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::OpenMailbox, open, opened);
  if (absl::IsNotFound(status) || absl::IsPermissionDenied(status)) {
    co_return Ok("");
  }
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  const View view(FromProto(opened.uids()));
  NumberRanges recent;
  if (opened.recent_from_uid() != 0 && opened.recent_from_uid() < opened.counters().uidnext()) {
    recent = {{opened.recent_from_uid(), opened.counters().uidnext() - 1}};
  }
  absl::StatusOr<v1::SearchKey> key = TranslateSearch(search, view, recent);
  if (!key.ok()) {
    co_return SearchRefused(key.status());
  }
  v1::SearchRequest request;
  *request.mutable_mailbox() = opened.mailbox();
  *request.mutable_key() = *std::move(key);
  *request.mutable_among() = opened.uids();
  request.set_relevancy(search.returns.relevancy);
  request.set_modseqs(HasKey(search.key, SearchKey::Kind::kModSeq));
  const absl::StatusOr<Found> found = co_await Find(session, std::move(request));
  if (absl::IsNotFound(found.status())) {
    co_return Ok("");
  }
  if (!found.ok()) {
    co_return FromStatus(found.status());
  }
  TellMailbox(session, search, name, opened.counters().uidvalidity(), *found);
  co_return Ok("");
}

// The selected mailbox, as the session sees it.
Done SearchSelected(Session& session, const SearchArguments& search, absl::string_view name) {
  SelectedMailbox& mailbox = session.selected();
  absl::StatusOr<v1::SearchKey> key = TranslateSearch(search, mailbox.view, mailbox.recent);
  if (!key.ok()) {
    co_return SearchRefused(key.status());
  }
  v1::SearchRequest request = RequestFor(mailbox, *std::move(key));
  request.set_relevancy(search.returns.relevancy);
  request.set_modseqs(HasKey(search.key, SearchKey::Kind::kModSeq));
  const absl::StatusOr<Found> found = co_await Find(session, request);
  if (!found.ok()) {
    co_return FromStatus(found.status());
  }
  if (search.returns.update) {
    // RFC 7377 2.2: updates are of the selected mailbox only, and of its UIDs.
    BeginContext(session, std::move(request), found->uids, Numbers::kUid);
  }
  if (search.returns.save) {
    mailbox.view.Save(SavedResult(search.returns, found->uids));
  }
  mailbox.Reveal(HighestModSeq(search.returns, found->modseqs));
  TellMailbox(session, search, name, mailbox.uidvalidity, *found);
  co_return Ok("");
}

// What the selected mailbox is called by now; as it was selected, where the list does not show it.
std::string NameOf(const SelectedMailbox& mailbox, const v1::ListMailboxesResponse& listed) {
  for (const v1::MailboxEntry& entry : listed.mailboxes()) {
    if (entry.has_mailbox_id() && entry.account_id() == mailbox.ref.account_id() &&
        entry.mailbox_id() == mailbox.ref.mailbox_id()) {
      return entry.name();
    }
  }
  return mailbox.name;
}

// Whether a set of sequence numbers or "$" occurs, which only mean something where the session has
// the mailbox selected.
bool NeedsSelection(const SearchKey& key) {
  return key.kind == SearchKey::Kind::kSequence || key.set.saved() ||
         std::any_of(key.children.begin(), key.children.end(), NeedsSelection);
}

bool IsSelected(const SearchSource& source) { return source.kind == SearchSource::Kind::kSelected; }

Completion Check(Session& session, const std::vector<SearchSource>& sources,
                 const SearchArguments& search) {
  const bool selected = std::any_of(sources.begin(), sources.end(), IsSelected);
  const bool others = !std::all_of(sources.begin(), sources.end(), IsSelected);
  // RFC 7377 2.2.
  if ((selected || search.returns.update) && !session.has_selected()) {
    return Bad("No mailbox is selected");
  }
  if (others && (search.returns.save || NeedsSelection(search.key))) {
    return Bad("SAVE, $ and message numbers are for the selected mailbox alone");
  }
  return CheckSearch(session, search);
}

Done Search(Session& session, const std::vector<SearchSource>& sources, SearchArguments& search) {
  Completion completion = co_await ExpandFilters(session, search);
  if (completion.kind != Completion::Kind::kOk) {
    co_return completion;
  }
  completion = Check(session, sources, search);
  if (completion.kind != Completion::Kind::kOk) {
    co_return completion;
  }
  UseCondstoreOf(session, search);
  v1::ListMailboxesRequest list;
  list.set_others(true);
  v1::ListMailboxesResponse listed;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::ListMailboxes, list, listed);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::vector<std::string> names =
      NamesOfSources(sources, listed.mailboxes(), session.features().names());
  if (names.size() > kMaxMailboxes) {
    co_return No("LIMIT", "Too many mailboxes");
  }
  if (std::any_of(sources.begin(), sources.end(), IsSelected)) {
    const std::string name = NameOf(session.selected(), listed);
    std::erase(names, name);
    completion = co_await SearchSelected(session, search, name);
  }
  for (const std::string& name : names) {
    // Each of them may be quick, and all together take long.
    if (completion.kind != Completion::Kind::kOk || session.output().broken() ||
        session.stream().PeerHasLeft()) {
      break;
    }
    completion = co_await SearchNamed(session, search, name);
    co_await session.output().FlushIfLarge();
  }
  co_return completion.kind == Completion::Kind::kOk ? Ok("Search completed") : completion;
}

}  // namespace

Done RunEsearch(Session& session, EsearchArguments arguments) {
  const std::vector<SearchSource> sources =
      arguments.sources.value_or(std::vector<SearchSource>(1));
  Completion completion = co_await Search(session, sources, arguments.search);
  co_return FailSearch(session, arguments.search.returns, std::move(completion));
}

}  // namespace posthorn::imap
