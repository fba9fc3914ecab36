// Octets of small messages that go to a worker with the claim, so that it need not fetch them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>

#include "absl/strings/string_view.h"
#include "mailstore/store.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Completes the octets of messages up to kMostCarried, which have their signatures already, as far
// as an answer has room; of the others it takes them away.
boost::asio::awaitable<void> CarryOctets(Store& store, v1::Work& work);

// Octets of the Return-Path field that a message for mailboxes here begins with: it says where the
// message has ended, and one in the queue goes on (RFC 5321 4.4).
size_t ReturnPathOctets(absl::string_view start);

}  // namespace posthorn::store
