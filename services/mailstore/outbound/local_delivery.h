// Recipients here whose message was held (FUTURERELEASE, RFC 4865), or whose INBOX was full when a
// notification came: put into their mailboxes by the store itself when they are due.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "common/runtime/runtime.h"
#include "mailstore/db/connection.h"
#include "mailstore/directory/recipient_repository.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/settle.h"
#include "mailstore/store.h"

namespace posthorn::store {

// Lives as long as it works; runtime and store must outlive that.
class LocalDelivery : public std::enable_shared_from_this<LocalDelivery> {
 public:
  LocalDelivery(runtime::Runtime& runtime, Store& store, int64_t lease_milliseconds);

  // Looks every second, in the background, until the runtime drains.
  void Start();

 private:
  static boost::asio::awaitable<void> Work(std::shared_ptr<LocalDelivery> self);
  // Some of what is due. Whether there may be more.
  absl::StatusOr<bool> DeliverSome(Connection& connection);
  // What one delivery has come to.
  struct Attempt {
    v1::AttemptResult result;
    absl::StatusOr<Recipient> found;
    std::shared_ptr<const StoredMessage> message;
    Commit commit;
  };
  void Deliver(Connection& connection, const ClaimedRecipient& recipient);
  Settlement TryDelivery(Transaction& transaction, const SettleContext& context,
                         const ClaimedRecipient& recipient, Attempt* attempt);

  runtime::Runtime& runtime_;
  Store& store_;
  const std::string worker_;  // our id as the holder of leases
  const int64_t lease_milliseconds_;
  ScanFloors floors_{lease_milliseconds_};
};

}  // namespace posthorn::store
