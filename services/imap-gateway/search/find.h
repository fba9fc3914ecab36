#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "imap-gateway/parser/sort_arguments.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/search/result_list.h"
#include "imap-gateway/session/session.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::imap {

// What a search of one mailbox found.
struct Found {
  ResultList uids;
  std::vector<std::uint32_t> relevancies;  // of `uids`, if they were asked for
  std::vector<std::uint64_t> modseqs;      // of `uids`, if the program has a MODSEQ key
};

// A search of the selected mailbox, as the store takes it.
v1::SearchRequest RequestFor(const SelectedMailbox& mailbox, v1::SearchKey key);
void SetSort(const std::vector<SortCriterion>& criteria, v1::SearchRequest& request);

// Asks the store. What the session does not know of is left out.
asio::awaitable<absl::StatusOr<Found>> Find(Session& session, v1::SearchRequest request);

// RFC 7162 3.1: a MODSEQ key is a use of CONDSTORE.
void UseCondstoreOf(Session& session, const SearchArguments& arguments);

// What is wrong with a search before the store is asked, for SEARCH, SORT, THREAD and ESEARCH
// alike. Ok: nothing.
Completion CheckSearch(Session& session, const SearchArguments& arguments);
// The answer to a program that cannot be translated (see TranslateSearch).
Completion SearchRefused(const absl::Status& status);

}  // namespace posthorn::imap
