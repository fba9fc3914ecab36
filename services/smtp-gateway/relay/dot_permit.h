// The permission to send the final dot: the lease is held, and no drain has begun.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "smtp-gateway/client/transaction.h"

namespace posthorn::relay {

class DotPermit final : public client::EndPermit {
 public:
  // `given` is set when the dot may be on its way; it outlives this, as `draining` does.
  DotPermit(std::unique_ptr<client::EndPermit> lease, const std::function<bool()>& draining,
            bool& given)
      : lease_(std::move(lease)), draining_(draining), given_(given) {}

  void Ask() override { lease_->Ask(); }
  asio::awaitable<absl::Status> Wait() override {
    const absl::Status held = co_await lease_->Wait();
    if (held.ok() && draining_()) {
      co_return absl::CancelledError("draining");
    }
    given_ = held.ok();
    co_return held;
  }

 private:
  const std::unique_ptr<client::EndPermit> lease_;
  const std::function<bool()>& draining_;
  bool& given_;
};

}  // namespace posthorn::relay
