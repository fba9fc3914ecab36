#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "common/rpc/mailstore_pool.h"
#include "common/runtime/runtime.h"
#include "imap-gateway/changes/change.h"

namespace posthorn::imap {

namespace asio = boost::asio;

// A registration with the hub; destroying it, on the executor it was made with, ends it: the
// callback does not run after that.
class Watch {
 public:
  virtual ~Watch() = default;
};

// Tells sessions that mailboxes have changed: one stream of Changes.Watch to each replica of
// mailstore, a mailbox watched on the replica that its account prefers. What it says is a hint: it
// may come late or twice, and after a lost stream every mailbox watched there is said to have
// changed. Thread-safe; works on the runtime's context 0.
class ChangeHub {
 public:
  // Both outlive the hub, which lives as long as the process. Make it before pool.Start().
  ChangeHub(runtime::Runtime& runtime, rpc::MailstorePool& pool);
  ~ChangeHub();

  // Runs on `executor`.
  using Callback = std::function<void(const ChangePtr& change)>;
  std::unique_ptr<Watch> Add(std::uint64_t account_id, std::uint32_t mailbox_id,
                             asio::any_io_executor executor, Callback callback);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace posthorn::imap
