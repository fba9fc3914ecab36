#include "mailstore/outbound/return_sweep.h"

#include <chrono>
#include <utility>
#include <vector>

#include "common/log/log.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/outbound/return_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kEvery{30};
constexpr int kAtOnce = 100;

}  // namespace

ReturnSweep::ReturnSweep(runtime::Runtime& runtime, Store& store)
    : runtime_(runtime),
      store_(store),
      worker_(RandomOctets(16)),
      finisher_(store.options().queue, store.sending_rules(), store.signer(),
                [&store](const Commit& commit) { store.Publish(commit); }) {}

void ReturnSweep::Start() {
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "returned mail",
                           Work(shared_from_this()));
}

asio::awaitable<void> ReturnSweep::Work(std::shared_ptr<ReturnSweep> self) {
  bool pause = true;
  for (;;) {
    if (pause) {
      co_await runtime::Sleep(kEvery);
    }
    auto sweep = [self](Connection& connection) { return self->ReturnSome(connection); };
    const absl::StatusOr<bool> more = co_await self->store_.outbound().Run(std::move(sweep));
    if (!more.ok()) {
      log::Warning("mail is not returned to its senders",
                   {{"reason", std::string(more.status().message())}});
    }
    pause = !more.ok() || !*more;
  }
}

absl::StatusOr<bool> ReturnSweep::ReturnSome(Connection& connection) {
  bool more = false;
  for (const auto claim : {&ClaimExpired, &ClaimReturned}) {
    Transaction transaction(connection);
    const std::vector<v1::AttemptResult> results = claim(transaction, worker_, kAtOnce);
    transaction.Commit();
    if (!results.empty()) {
      finisher_.SettleAlone(connection, worker_, results);
    }
    more |= results.size() == kAtOnce;
  }
  return more;
}

}  // namespace posthorn::store
