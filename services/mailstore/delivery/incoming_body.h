// A message that arrives in frames, on its way into the store for one account or several. Never
// held whole: a long one goes to the database piece by piece, under ids that count only when the
// message is added.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "mailstore/batch/op.h"
#include "mailstore/storage/body_writer.h"
#include "mailstore/store.h"

namespace posthorn::store {

class IncomingBody {
 public:
  // The memory that a message of this announced size takes; 0: not known.
  static size_t MemoryFor(uint64_t size);
  // Leases it. One that came whole in its
  // first frame waits only for other such messages.
  template <typename Request>
  static boost::asio::awaitable<absl::StatusOr<MemoryBudget::Lease>> Reserve(
      Store& store, uint64_t size, const Request& first_frame) {
    return first_frame.last() ? store.whole_budget().Acquire(MemoryFor(first_frame.data().size()))
                              : store.budget().Acquire(MemoryFor(size));
  }

  IncomingBody(Store& store, std::vector<AccountId> accounts)
      : store_(store), accounts_(std::move(accounts)) {}

  // InvalidArgument REASON_TOO_LARGE beyond the size limit (and room for trace fields); NotFound
  // REASON_UNKNOWN_RECIPIENT if an account is gone; errors of the database.
  boost::asio::awaitable<absl::Status> Feed(absl::string_view octets);
  // Ends the message. To be called once, or FinishSpilled() in its place.
  std::shared_ptr<const StoredMessage> Finish();
  // The same, with all octets uploaded: what is left in memory is what was learnt of them.
  boost::asio::awaitable<absl::StatusOr<std::shared_ptr<const StoredMessage>>> FinishSpilled();
  // Under which id the account's chunks were uploaded; 0: none were.
  BlobId uploaded(AccountId account) const;

 private:
  bool UploadIsDue() const;
  boost::asio::awaitable<absl::Status> Upload(std::vector<BodyChunk> pieces);

  Store& store_;
  const std::vector<AccountId> accounts_;
  BodyWriter writer_;
  std::vector<BlobId> uploaded_;  // as accounts_, once there are any
};

}  // namespace posthorn::store
