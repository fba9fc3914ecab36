// A search over one mailbox in its stages: first what the index decides, then with headers, then
// with bodies. Each stage sees only the messages that the one before could not decide.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/cache/header_columns.h"
#include "mailstore/cache/index_cache.h"
#include "mailstore/message/search_evaluator.h"
#include "mailstore/message/sort.h"
#include "mailstore/storage/uid_set.h"
#include "mailstore/store.h"

namespace posthorn::store {

class SearchRun {
 public:
  // All must outlive it. `headers`: every message that is found needs its header.
  SearchRun(Store& store, const SearchEvaluator& evaluator, bool headers)
      : store_(store), evaluator_(evaluator), headers_wanted_(headers) {}

  // What was found, ascending by UID. Its headers live as long as this.
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
  boost::asio::awaitable<absl::Status> ByHeaders();
  boost::asio::awaitable<absl::Status> ByBodies();
  absl::StatusOr<std::vector<FoundMessage>> DecideBlock(Connection& connection,
                                                        absl::Span<const MessageRow> rows) const;
  void Decide(const SearchSubject& subject, Decision* decision) const;

  Store& store_;
  const SearchEvaluator& evaluator_;
  const bool headers_wanted_;
  MailboxState mailbox_;
  std::vector<MessageRow> all_;
  Decision decision_;
  std::shared_ptr<const HeaderColumns> headers_;
};

}  // namespace posthorn::store
