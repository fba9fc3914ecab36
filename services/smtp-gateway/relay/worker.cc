#include "smtp-gateway/relay/worker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "common/log/log.h"
#include "common/runtime/runtime.h"
#include "smtp-gateway/relay/site_run.h"

namespace posthorn::relay {
namespace {

// On the executor of the context.
asio::awaitable<void> RunAt(const Workers& workers, WorkerContext& context, v1::Work work,
                            Leases::Clock::time_point asked_at,
                            std::unique_ptr<IdleSessions::Kept> kept) {
  const auto run =
      std::make_shared<SiteRun>(workers, context, std::move(work), asked_at, std::move(kept));
  co_await run->Run();
}

// Where a session of the site is idle, if one is.
asio::awaitable<void> Serve(const Workers& workers, WorkerContext& context, v1::Work work,
                            Leases::Clock::time_point asked_at) {
  std::unique_ptr<IdleSessions::Kept> kept = workers.idle.Begin(IdleSessions::KeyOf(work));
  WorkerContext& home = kept ? *kept->home : context;
  if (&home == &context) {
    co_await RunAt(workers, home, std::move(work), asked_at, std::move(kept));
  } else {
    co_await asio::co_spawn(home.executor,
                            RunAt(workers, home, std::move(work), asked_at, std::move(kept)),
                            asio::use_awaitable);
  }
  workers.idle.End();
}

}  // namespace

asio::awaitable<void> ClaimLoop(const Workers& workers, WorkerContext& context) {
  v1::ClaimWorkRequest request;
  request.set_worker_id(workers.options.worker_id);
  request.set_max_recipients(workers.options.recipients);
  request.set_wait_milliseconds(static_cast<uint32_t>(workers.options.claim_wait.count()));
  while (!workers.draining()) {
    const auto asked_at = Leases::Clock::now();
    auto claimed = co_await workers.source.Claim(request);
    if (!claimed.ok()) {
      if (!workers.draining()) {
        log::Debug("no work can be claimed", {{"reason", std::string(claimed.status().message())}});
        co_await runtime::Sleep(workers.options.retry_after);
      }
      continue;
    }
    if (claimed->work().has_slot()) {
      v1::Work work = std::move(*claimed->mutable_work());
      co_await Serve(workers, context, std::move(work), asked_at);
    }
  }
}

}  // namespace posthorn::relay
