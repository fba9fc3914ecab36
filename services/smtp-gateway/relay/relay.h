// The relay role of smtp-gateway: takes mail from the queue to where it goes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/mailstore_pool.h"
#include "common/runtime/runtime.h"
#include "smtp-gateway/dns/validating_resolver.h"
#include "smtp-gateway/relay/grpc_work_source.h"
#include "smtp-gateway/relay/report_receivers.h"
#include "smtp-gateway/relay/worker.h"
#include "smtp-gateway/relay/worker_context.h"

namespace posthorn::relay {

// Lives as long as the process.
class Relay {
 public:
  // By the flags --relay_* and --dns_*; INVALID_ARGUMENT for what they cannot be.
  static absl::StatusOr<std::unique_ptr<Relay>> Make(runtime::Runtime& runtime,
                                                     const rpc::MailstorePool& pool,
                                                     const std::string& hostname);
  ~Relay();

  // Starts the workers; they end with a drain, when what they have in hand is settled.
  void Start();

 private:
  Relay(runtime::Runtime& runtime, const rpc::MailstorePool& pool);
  absl::Status Configure(const std::string& hostname);
  Post PostBy(HttpsOptions options);
  asio::awaitable<void> ReportLoop();
  asio::awaitable<void> SendReport();

  runtime::Runtime& runtime_;
  GrpcWorkSource source_;
  TlsReport report_;
  std::unique_ptr<dns::ValidatingResolver> resolver_;
  std::unique_ptr<ReportReceivers> receivers_;
  std::unique_ptr<net::ClientTls> tls_;
  std::unique_ptr<StsPolicies> sts_;
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<IdleSessions> idle_;
  std::unique_ptr<Workers> workers_;
  std::vector<std::unique_ptr<WorkerContext>> contexts_;  // as those of the runtime
};

}  // namespace posthorn::relay
