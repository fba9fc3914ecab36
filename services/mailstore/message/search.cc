#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "mailstore/message/message_service.h"
#include "mailstore/message/search_run.h"
#include "mailstore/message/sort.h"
#include "mailstore/message/thread.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

SearchOrder OrderOf(const rpc::Cancellation& cancellation, const AuthorizedMailbox& mailbox,
                    std::optional<HeaderParts> headers) {
  return {.caller = mailbox.caller, .headers = headers, .cancelled = [&cancellation] {
            return cancellation.IsCancelled();
          }};
}

}  // namespace

struct MessageService::PreparedSearch {
  UidRanges among;
  std::shared_ptr<MailboxIndex> index;
  SearchEvaluator evaluator;
};

template <typename Request>
asio::awaitable<absl::StatusOr<MessageService::PreparedSearch>> MessageService::Prepare(
    const Request& request, MailboxKey mailbox) {
  absl::StatusOr<UidRanges> among = UidRanges::Parse(request.among());
  if (!among.ok()) {
    co_return among.status();
  }
  const auto index = co_await Index(mailbox);
  if (!index.ok()) {
    co_return index.status();
  }
  const MailboxState state =
      (*index)->Read([](const MailboxColumns& columns) { return columns.state; });
  absl::StatusOr<SearchEvaluator> evaluator = SearchEvaluator::Prepare(
      request.key(), state, request.recent_from_uid(), absl::ToUnixSeconds(absl::Now()));
  if (!evaluator.ok()) {
    co_return evaluator.status();
  }
  co_return PreparedSearch{*std::move(among), *index, *std::move(evaluator)};
}

asio::awaitable<absl::Status> MessageService::DoSearch(const rpc::Cancellation& cancellation,
                                                       const v1::SearchRequest& request,
                                                       v1::SearchResponse& response) {
  const auto mailbox = co_await Authorize(request.caller(), request.mailbox(), Right::kRead);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  if (const absl::Status status = CheckSort(request.sort()); !status.ok()) {
    co_return status;
  }
  const absl::StatusOr<PreparedSearch> search = co_await Prepare(request, *mailbox);
  if (!search.ok()) {
    co_return search.status();
  }
  SearchRun run(store_, search->evaluator,
                OrderOf(cancellation, *mailbox, HeadersFor(request.sort())));
  absl::StatusOr<std::vector<FoundMessage>> found = co_await run.Run(*search->index, search->among);
  if (!found.ok()) {
    co_return found.status();
  }
  if (!request.sort().empty()) {
    auto sort = [&request, &found](Connection&) {
      SortMessages(request.sort(), &*found);
      return absl::OkStatus();
    };
    const absl::Status sorted = co_await store_.bodies().Run(std::move(sort));
    if (!sorted.ok()) {
      co_return sorted;
    }
  }
  std::vector<uint32_t> uids;
  uids.reserve(found->size());
  for (const FoundMessage& message : *found) {
    uids.push_back(message.row.uid.value());
    if (request.modseqs()) {
      response.add_modseqs(static_cast<uint64_t>(message.row.modseq.value()));
    }
    if (request.relevancy()) {
      response.add_relevancies(static_cast<uint32_t>(message.relevancy));
    }
  }
  if (request.sort().empty()) {
    EncodeUids(uids, response.mutable_uids());
  } else {
    response.mutable_sorted()->Assign(uids.begin(), uids.end());
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> MessageService::DoThread(const rpc::Cancellation& cancellation,
                                                       const v1::ThreadRequest& request,
                                                       v1::ThreadResponse& response) {
  const auto mailbox = co_await Authorize(request.caller(), request.mailbox(), Right::kRead);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const absl::StatusOr<PreparedSearch> search = co_await Prepare(request, *mailbox);
  if (!search.ok()) {
    co_return search.status();
  }
  SearchRun run(store_, search->evaluator,
                OrderOf(cancellation, *mailbox, HeadersFor(request.algorithm())));
  const absl::StatusOr<std::vector<FoundMessage>> found =
      co_await run.Run(*search->index, search->among);
  if (!found.ok()) {
    co_return found.status();
  }
  auto thread = [&request, &found, &response](Connection&) {
    response.Clear();
    ThreadMessages(request.algorithm(), *found, &response);
    return absl::OkStatus();
  };
  co_return co_await store_.bodies().Run(std::move(thread));
}

}  // namespace posthorn::store
