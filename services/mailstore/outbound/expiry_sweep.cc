#include "mailstore/outbound/expiry_sweep.h"

#include <chrono>
#include <utility>
#include <vector>

#include "common/log/log.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/outbound/expiry_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kEvery{30};
constexpr int kAtOnce = 100;

}  // namespace

ExpirySweep::ExpirySweep(runtime::Runtime& runtime, Store& store)
    : runtime_(runtime),
      store_(store),
      worker_(RandomOctets(16)),
      finisher_(store.options().queue, store.sending_rules(), store.signer(),
                [&store](const Commit& commit) { store.Publish(commit); }) {}

void ExpirySweep::Start() {
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "expired mail",
                           Work(shared_from_this()));
}

asio::awaitable<void> ExpirySweep::Work(std::shared_ptr<ExpirySweep> self) {
  bool pause = true;
  for (;;) {
    if (pause) {
      co_await runtime::Sleep(kEvery);
    }
    auto sweep = [self](Connection& connection) { return self->ReturnSome(connection); };
    const absl::StatusOr<bool> more = co_await self->store_.outbound().Run(std::move(sweep));
    if (!more.ok()) {
      log::Warning("expired mail is not returned",
                   {{"reason", std::string(more.status().message())}});
    }
    pause = !more.ok() || !*more;
  }
}

absl::StatusOr<bool> ExpirySweep::ReturnSome(Connection& connection) {
  std::vector<v1::AttemptResult> expired;
  {
    Transaction transaction(connection);
    expired = ClaimExpired(transaction, worker_, kAtOnce);
    transaction.Commit();
  }
  if (!expired.empty()) {
    finisher_.SettleAlone(connection, worker_, expired);
  }
  return expired.size() == kAtOnce;
}

}  // namespace posthorn::store
