#pragma once

#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/search/find.h"

namespace posthorn::imap {

// RFC 7162 3.1.6, 3.1.10: the highest MODSEQ of what is returned; 0 if none was asked for.
std::uint64_t HighestModSeq(const SearchReturn& returns, const std::vector<std::uint64_t>& modseqs);

// Answers SEARCH or SORT, `name`: saves what is to be saved (RFC 5182), and tells what was found in
// an ESEARCH response if RETURN was written, else in one of that name.
asio::awaitable<void> TellFound(Session& session, absl::string_view name,
                                const SearchReturn& returns, Found found, Numbers numbers);

// RFC 5182 2.1: after a NO to a search that was to save its result "$" is empty; BAD changes
// nothing. Gives the completion back.
Completion FailSearch(Session& session, const SearchReturn& returns, Completion completion);

}  // namespace posthorn::imap
