// Sends the daily reports of TLS sessions (RFC 8460) to the domains that want them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "common/runtime/runtime.h"
#include "mailstore/outbound/tls_report_rows.h"
#include "mailstore/store.h"

namespace posthorn::store {

// Every replica has one. A report takes its counts away in the transaction that queues it: so there
// is one of them, whoever makes it. Lives as long as it works; runtime and store must outlive that.
class TlsReporter : public std::enable_shared_from_this<TlsReporter> {
 public:
  TlsReporter(runtime::Runtime& runtime, Store& store) : runtime_(runtime), store_(store) {}

  // Looks for reports that are due, every ten minutes.
  void Start();
  // Sends those of the scope, whatever the time of day. How many; one that cannot be sent is left
  // for later. FAILED_PRECONDITION if reports are switched off, or there is no key to sign them.
  boost::asio::awaitable<absl::StatusOr<uint64_t>> Send(TlsReportScope scope);

 private:
  static boost::asio::awaitable<void> Work(std::shared_ptr<TlsReporter> self);
  struct Round {
    uint64_t sent = 0;
    DueTlsReport last;
    bool more = false;
  };
  absl::StatusOr<Round> SendSome(Connection& connection, TlsReportScope scope,
                                 const DueTlsReport& after);
  absl::StatusOr<bool> SendOne(Connection& connection, const DueTlsReport& due);

  runtime::Runtime& runtime_;
  Store& store_;
};

}  // namespace posthorn::store
