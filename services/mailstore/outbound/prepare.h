// The part of a delivery that goes into the queue, made ready: sites, rewritten senders,
// signatures.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mailstore/batch/op.h"
#include "mailstore/outbound/outgoing_scan.h"
#include "mailstore/outbound/queued_mail.h"
#include "mailstore/store.h"
#include "posthorn/v1/delivery.pb.h"

namespace posthorn::store {

// Of a start that CheckOutgoing() has passed, with one recipient or more. Errors of the database.
boost::asio::awaitable<absl::StatusOr<std::shared_ptr<QueuedMail>>> PrepareQueued(
    Store& store, const v1::DeliverStart& start, const StoredMessage& message,
    const OutgoingScan::Learnt& learnt);

// The notification for those who have it in their mailboxes with this delivery; null if nobody is
// to be told.
boost::asio::awaitable<absl::StatusOr<std::unique_ptr<AddOp>>> PrepareSuccess(
    Store& store, const v1::DeliverStart& start, const OutgoingScan::Learnt& learnt);

}  // namespace posthorn::store
