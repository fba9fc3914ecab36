#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// What became of a FETCH of sections.
struct BodiesOutcome {
  std::uint64_t told = 0;         // messages answered
  std::uint64_t unreadable = 0;   // sections answered NIL because the store could not read them
  std::uint64_t undecodable = 0;  // sections in an encoding that is not known
  absl::Status status;            // the last error of the store
  bool ended = false;             // it did not get to the end
};

// Answers a FETCH that reads octets: for some messages at a time their columns are read, \Seen is
// set where it must be, and the octets are passed on frame by frame as the store sends them.
asio::awaitable<void> FetchBodies(Session& session, const FetchPlan& plan, const NumberRanges& uids,
                                  BodiesOutcome& outcome);

}  // namespace posthorn::imap
