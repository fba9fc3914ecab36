// A search over one mailbox in its stages: first what the index decides, then with headers, then
// with bodies. Each stage sees only the messages that the one before could not decide.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/cache/index_cache.h"
#include "mailstore/message/header_loader.h"
#include "mailstore/message/search_evaluator.h"
#include "mailstore/message/sort.h"
#include "mailstore/storage/uid_set.h"
#include "mailstore/store.h"

namespace posthorn::store {

// Who searches, and for what.
struct SearchOrder {
  AccountId caller;
  std::optional<HeaderParts> headers;  // what every message that is found needs of its header
  // Whether nobody waits for the answer any more; asked between blocks, in any thread.
  std::function<bool()> cancelled;
};

class SearchRun {
 public:
  // Store and evaluator must outlive it.
  SearchRun(Store& store, const SearchEvaluator& evaluator, SearchOrder order)
      : store_(store), evaluator_(evaluator), order_(std::move(order)) {}

  // What was found, ascending by UID. Its headers live as long as this. Where the index does not
  // decide it waits for the caller's turn (Store::searches). Cancelled if it was.
  boost::asio::awaitable<absl::StatusOr<std::vector<FoundMessage>>> Run(MailboxIndex& index,
                                                                        const UidRanges& among);

  // Decides 64 messages of the last stage, in a thread of the pool; see InLanes().
  boost::asio::awaitable<absl::Status> Block(size_t n);

 private:
  struct Decision {
    std::vector<FoundMessage> found;
    std::vector<MessageRow> undecided;
  };

  void ByIndex(const MailboxColumns& columns, const UidRanges& among);
  boost::asio::awaitable<absl::Status> BeyondIndex();
  boost::asio::awaitable<absl::Status> ByHeaders();
  // Decides these with the headers that are loaded.
  boost::asio::awaitable<absl::Status> DecideByHeaders(absl::Span<const MessageRow> rows);
  boost::asio::awaitable<absl::Status> ByBodies();
  // What the order needs of headers of what was found, where the headers did not stay.
  boost::asio::awaitable<absl::Status> LoadKeys();
  absl::StatusOr<std::vector<FoundMessage>> DecideBlock(Connection& connection,
                                                        absl::Span<const MessageRow> rows) const;
  void Decide(const SearchSubject& subject, Decision* decision) const;
  void Keep(const SearchSubject& subject, Decision* decision) const;

  Store& store_;
  const SearchEvaluator& evaluator_;
  const SearchOrder order_;
  MailboxState mailbox_;
  std::vector<MessageRow> all_;
  Decision decision_;
  LoadedHeaders headers_;
  bool headers_stay_ = false;  // to the end; else they are read in slices
};

}  // namespace posthorn::store
