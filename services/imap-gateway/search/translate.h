#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "imap-gateway/parser/search_program.h"
#include "imap-gateway/view/view.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::imap {

// A search program as mailstore takes it: sequence numbers as UIDs of the view, RECENT as the UIDs
// that are so in this session, text in UTF-8. FILTER keys must be expanded before. Unimplemented:
// BADCHARSET.
absl::StatusOr<v1::SearchKey> TranslateSearch(const SearchArguments& arguments, const View& view,
                                              const NumberRanges& recent);

// The answer where it follows from numbers alone (ALL, sets of messages, and their combinations),
// without asking the store.
std::optional<NumberRanges> SearchByNumbers(const SearchKey& key, const View& view,
                                            const NumberRanges& recent);

// The messages that a program has to look at: those that the numbers among its keys leave.
NumberRanges SearchedUids(const SearchKey& key, const View& view, const NumberRanges& recent);

}  // namespace posthorn::imap
