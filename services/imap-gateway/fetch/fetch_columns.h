#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Answers a FETCH that reads no octets, block by block as the store sends them. `told` counts the
// messages answered: those that are gone are not.
asio::awaitable<absl::Status> FetchColumns(Session& session, const FetchPlan& plan,
                                           const NumberRanges& uids, std::uint64_t& told);

// Before a block is written: its keywords have names that the client knows.
asio::awaitable<void> LearnKeywordsOf(Session& session, const v1::FetchMetadataBlock& block);

}  // namespace posthorn::imap
