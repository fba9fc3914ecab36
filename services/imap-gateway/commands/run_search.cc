// SEARCH and UID SEARCH (RFC 3501 6.4.4, RFC 9051 6.4.4, RFC 4731).
#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/commands/tell_found.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/search/filters.h"
#include "imap-gateway/search/find.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/search/translate.h"
#include "imap-gateway/session/message_limit.h"

namespace posthorn::imap {
namespace {

asio::awaitable<absl::StatusOr<Found>> FindUnsorted(Session& session,
                                                    const SearchArguments& arguments,
                                                    const v1::SearchRequest& base) {
  const SelectedMailbox& mailbox = session.selected();
  Found found;
  if (auto local = SearchByNumbers(arguments.key, mailbox.view, mailbox.recent)) {
    found.uids = ResultList(*std::move(local));
    co_return found;
  }
  v1::SearchRequest request = base;
  request.set_relevancy(arguments.returns.relevancy);
  request.set_modseqs(HasKey(arguments.key, SearchKey::Kind::kModSeq));
  co_return co_await Find(session, std::move(request));
}

// RFC 9738 3.1: what counts are the messages that are searched, not those that are found. Where
// they are too many, leaves the highest to the program and gives them; else none.
NumberRanges LimitSearch(const Session& session, const SelectedMailbox& mailbox, SearchKey& key) {
  if (mailbox.view.size() <= MessageLimit(session)) {
    return {};
  }
  NumberRanges searched = SearchedUids(key, mailbox.view, mailbox.recent);
  if (!LimitMessages(session, searched)) {
    return {};
  }
  SearchKey among;
  among.kind = SearchKey::Kind::kUid;
  among.set.Add({searched.front().first, UINT32_MAX});
  key.children.push_back(std::move(among));
  return searched;
}

Done Search(Session& session, SearchArguments arguments, Numbers numbers) {
  // RFC 9051 6.4.4: in IMAP4rev2 the answer is always ESEARCH.
  if (session.features().imap4rev2 && !arguments.returns.given) {
    arguments.returns.given = true;
    arguments.returns.all = true;
  }
  // RFC 9051 Appendix E: under UTF8=ACCEPT a charset must not be named at all.
  if (session.features().utf8 && !arguments.charset.empty()) {
    co_return Bad("No CHARSET once UTF8=ACCEPT is enabled");
  }
  const Completion expanded = co_await ExpandFilters(session, arguments);
  if (expanded.kind != Completion::Kind::kOk) {
    co_return FailSearch(session, arguments.returns, expanded);
  }
  const Completion checked = CheckSearch(session, arguments);
  if (checked.kind != Completion::Kind::kOk) {
    co_return FailSearch(session, arguments.returns, checked);
  }
  const SelectedMailbox& mailbox = session.selected();
  const NumberRanges limited_to = LimitSearch(session, mailbox, arguments.key);
  absl::StatusOr<v1::SearchKey> key = TranslateSearch(arguments, mailbox.view, mailbox.recent);
  if (!key.ok()) {
    co_return FailSearch(session, arguments.returns, SearchRefused(key.status()));
  }
  UseCondstoreOf(session, arguments);
  v1::SearchRequest request = RequestFor(mailbox, *std::move(key));
  absl::StatusOr<Found> found = co_await FindUnsorted(session, arguments, request);
  if (!found.ok()) {
    co_return FailSearch(session, arguments.returns, FromStatus(found.status()));
  }
  if (arguments.returns.update && !limited_to.empty()) {
    RefuseContext(session, "Not all messages were searched");
  } else if (arguments.returns.update) {
    BeginContext(session, std::move(request), found->uids, numbers);
  }
  co_await TellFound(session, "SEARCH", arguments.returns, *std::move(found), numbers);
  if (!limited_to.empty()) {
    co_return TellLimited(session, limited_to, Ok("Search completed"));
  }
  co_return Ok("Search completed");
}

}  // namespace

Done RunSearch(Session& session, SearchArguments arguments) {
  co_return co_await Search(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidSearch(Session& session, SearchArguments arguments) {
  co_return co_await Search(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
