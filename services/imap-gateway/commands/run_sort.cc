// SORT and THREAD with their UID forms (RFC 5256, RFC 5267 3).
#include <algorithm>
#include <vector>

#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/commands/tell_found.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/thread.h"
#include "imap-gateway/search/filters.h"
#include "imap-gateway/search/find.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/search/translate.h"
#include "imap-gateway/session/message_limit.h"

namespace posthorn::imap {
namespace {

// RFC 9738 3.3: the order of some of the messages, or their threads, would be no part of the answer
// for all, with which a client could go on.
Completion CheckMessageLimit(const Session& session, const SelectedMailbox& mailbox,
                             const SearchKey& key) {
  const std::uint32_t limit = MessageLimit(session);
  if (mailbox.view.size() <= limit ||
      CountOf(SearchedUids(key, mailbox.view, mailbox.recent)) <= limit) {
    return Ok("");
  }
  return TooManyMessages(limit);
}

Done Sort(Session& session, SortArguments arguments, Numbers numbers) {
  const SearchReturn& returns = arguments.search.returns;
  const Completion expanded = co_await ExpandFilters(session, arguments.search);
  if (expanded.kind != Completion::Kind::kOk) {
    co_return FailSearch(session, returns, expanded);
  }
  const bool by_relevancy =
      std::any_of(arguments.criteria.begin(), arguments.criteria.end(),
                  [](const SortCriterion& c) { return c.field == SortField::kRelevancy; });
  if (by_relevancy && !HasKey(arguments.search.key, SearchKey::Kind::kFuzzy)) {
    co_return Bad("RELEVANCY needs a FUZZY key");  // RFC 6203 6
  }
  const Completion checked = CheckSearch(session, arguments.search);
  if (checked.kind != Completion::Kind::kOk) {
    co_return FailSearch(session, returns, checked);
  }
  const SelectedMailbox& mailbox = session.selected();
  const Completion fits = CheckMessageLimit(session, mailbox, arguments.search.key);
  if (fits.kind != Completion::Kind::kOk) {
    co_return FailSearch(session, returns, fits);
  }
  absl::StatusOr<v1::SearchKey> key =
      TranslateSearch(arguments.search, mailbox.view, mailbox.recent);
  if (!key.ok()) {
    co_return FailSearch(session, returns, SearchRefused(key.status()));
  }
  v1::SearchRequest request = RequestFor(mailbox, *std::move(key));
  request.set_relevancy(returns.relevancy);
  request.set_modseqs(HasKey(arguments.search.key, SearchKey::Kind::kModSeq));
  UseCondstoreOf(session, arguments.search);
  SetSort(arguments.criteria, request);
  absl::StatusOr<Found> found = co_await Find(session, request);
  if (!found.ok()) {
    co_return FailSearch(session, returns, FromStatus(found.status()));
  }
  if (returns.update) {
    BeginContext(session, std::move(request), found->uids, numbers);
  }
  co_await TellFound(session, "SORT", returns, *std::move(found), numbers);
  co_return Ok("Sort completed");
}

v1::ThreadRequest::Algorithm ToProto(ThreadAlgorithm algorithm) {
  switch (algorithm) {
    case ThreadAlgorithm::kOrderedSubject:
      return v1::ThreadRequest::ALGORITHM_ORDEREDSUBJECT;
    case ThreadAlgorithm::kReferences:
      return v1::ThreadRequest::ALGORITHM_REFERENCES;
    case ThreadAlgorithm::kRefs:
      return v1::ThreadRequest::ALGORITHM_REFS;
  }
}

Done Thread(Session& session, ThreadArguments arguments, Numbers numbers) {
  const Completion expanded = co_await ExpandFilters(session, arguments.search);
  if (expanded.kind != Completion::Kind::kOk) {
    co_return expanded;
  }
  const Completion checked = CheckSearch(session, arguments.search);
  if (checked.kind != Completion::Kind::kOk) {
    co_return checked;
  }
  const SelectedMailbox& mailbox = session.selected();
  const Completion fits = CheckMessageLimit(session, mailbox, arguments.search.key);
  if (fits.kind != Completion::Kind::kOk) {
    co_return fits;
  }
  absl::StatusOr<v1::SearchKey> key =
      TranslateSearch(arguments.search, mailbox.view, mailbox.recent);
  if (!key.ok()) {
    co_return SearchRefused(key.status());
  }
  UseCondstoreOf(session, arguments.search);
  v1::SearchRequest search = RequestFor(mailbox, *std::move(key));
  v1::ThreadRequest request;
  request.mutable_mailbox()->Swap(search.mutable_mailbox());
  request.mutable_key()->Swap(search.mutable_key());
  request.mutable_among()->Swap(search.mutable_among());
  request.set_algorithm(ToProto(arguments.algorithm));
  v1::ThreadResponse response;
  const absl::Status status =
      co_await session.store().Search<v1::Message>(&MessageMethods::Thread, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::vector<std::uint32_t> named(response.uids().begin(), response.uids().end());
  if (numbers == Numbers::kSequence) {
    for (std::uint32_t& number : named) {
      number = mailbox.view.SequenceNumberOf(number).value_or(0);
    }
  }
  AppendThread(session.out(), {named, response.children()});
  co_return Ok("Thread completed");
}

}  // namespace

Done RunSort(Session& session, SortArguments arguments) {
  co_return co_await Sort(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidSort(Session& session, SortArguments arguments) {
  co_return co_await Sort(session, std::move(arguments), Numbers::kUid);
}

Done RunThread(Session& session, ThreadArguments arguments) {
  co_return co_await Thread(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidThread(Session& session, ThreadArguments arguments) {
  co_return co_await Thread(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
