#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/search/find.h"
#include "imap-gateway/search/result_list.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxSearchContexts = 10;  // of a session
// Of a sorted one, which is held number by number and compared whole.
inline constexpr std::size_t kMaxSortedResults = 100'000;

// RFC 5267 4.3: a search whose result the client has and wants kept up to date.
struct SearchContext {
  std::string tag;
  Numbers numbers = Numbers::kSequence;
  v1::SearchRequest request;  // without `among`
  ResultList uids;            // as the client has them
  std::uint64_t modseq = 0;   // of the mailbox when they were looked up
};

// How one list of results becomes another. Each step has the position, from 1, at which its run of
// results begins once the steps before it are done.
struct ContextStep {
  std::size_t position = 0;
  std::vector<std::uint32_t> results;
};
struct ContextSteps {
  std::vector<ContextStep> removed;
  std::vector<ContextStep> added;  // after all that was removed
};
// Of sorted lists. Results that are in both but in another order are removed and added again.
ContextSteps StepsBetween(const std::vector<std::uint32_t>& before,
                          const std::vector<std::uint32_t>& after);

// RFC 5267 4.3: a tag stands for one context only.
bool IsContextTag(Session& session, absl::string_view tag);
// Keeps the search of the command that is being done, `found`, up to date from now on; or says
// [NOUPDATE] where there are too many of them, or of the results.
void BeginContext(Session& session, v1::SearchRequest request, const ResultList& found,
                  Numbers numbers);
// Says [NOUPDATE] of the command that is being done (RFC 5267 4.3.1).
void RefuseContext(Session& session, std::string why);
// RFC 9586 3: once a session has no sequence numbers, results that are told in them end.
void EndNumberedContexts(Session& session);
// REMOVEFROM for those of `uids` that are in results. To be called before the view loses them.
void TellContextsExpunged(Session& session, const NumberRanges& uids);
// Looks up and tells what has changed in results since they were told, after the session has told
// the changes themselves.
asio::awaitable<void> TellContextsChanged(Session& session);

}  // namespace posthorn::imap
