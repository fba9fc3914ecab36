#include "common/rpc/client_call.h"

namespace posthorn::rpc {

bool ShouldTryNext(const absl::Status& status) {
  return absl::IsUnavailable(status) &&
         ReasonOf(status) != v1::ErrorDetail::REASON_STORE_UNAVAILABLE;
}

asio::awaitable<std::optional<absl::StatusOr<v1::LinkAnswer>>> CallByLink(
    const std::vector<ReplicaPtr>& replicas, size_t& next, const std::string& method,
    const std::string& request, std::chrono::milliseconds timeout) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  absl::StatusOr<v1::LinkAnswer> answer = absl::UnavailableError("no mailstore is known");
  for (; next < replicas.size(); ++next) {
    const std::shared_ptr<CallLink> link = replicas[next]->Link(executor);
    if (link == nullptr) {
      co_return std::nullopt;
    }
    answer = co_await link->Call(method, request, timeout);
    if (absl::IsUnimplemented(answer.status()) || (answer.ok() && answer->unfit())) {
      co_return std::nullopt;
    }
    if (!ShouldTryNext(answer.status())) {
      break;
    }
    replicas[next]->MarkDown();
  }
  co_return answer;
}

}  // namespace posthorn::rpc
