#include "mailstore/server.h"

#include <grpcpp/health_check_service_interface.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace posthorn::store {
namespace {

constexpr size_t kHashQueue = 2'000;
// Frames are at most 256 KiB; metadata blocks of 4,096 messages may be some megabytes.
constexpr int kMaxReceive = 16 << 20;

}  // namespace

Server::Server(runtime::Runtime& runtime, Store& store, const ServerOptions& options)
    : store_(store),
      tickets_(options.ticket_secret),
      hashes_(options.hash_threads, kHashQueue),
      authenticator_(store.reads(), hashes_, options.hash_cost, options.failed_logins),
      recipients_(store.reads()),
      auth_(runtime.Next().get_executor(), authenticator_, tickets_),
      directory_(runtime.Next().get_executor(), recipients_, tickets_),
      admin_(runtime.Next().get_executor(), store.reads(), hashes_, options.hash_cost, recipients_),
      mailboxes_(runtime, store, tickets_),
      messages_(runtime, store, tickets_),
      metadata_(runtime, store, tickets_),
      delivery_(runtime, store),
      maildrop_(runtime, store, tickets_),
      changes_(runtime, store.hub()),
      urls_(runtime, store, tickets_),
      outbound_(runtime, store, options.lease_milliseconds),
      local_(std::make_shared<LocalDelivery>(runtime, store, options.lease_milliseconds)),
      reports_(std::make_shared<TlsReporter>(runtime, store)),
      returns_(std::make_shared<ReturnSweep>(runtime, store)),
      gauges_(std::make_shared<QueueGauges>(runtime, store)),
      queue_admin_(runtime.Next().get_executor(), store.reads(), hashes_),
      policy_(runtime.Next().get_executor(), store.reads()),
      links_(runtime) {
  queue_admin_.SendTlsReportsBy(
      [reports = reports_](TlsReportScope scope) { return reports->Send(scope); });
  auth_.Serve(links_.methods());
  directory_.Serve(links_.methods());
  mailboxes_.Serve(links_.methods());
  messages_.Serve(links_.methods());
  metadata_.Serve(links_.methods());
  maildrop_.Serve(links_.methods());
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(runtime::Runtime& runtime, Store& store,
                                                      ServerOptions options) {
  std::unique_ptr<Server> server(new Server(runtime, store, options));
  if (const absl::Status status = server->authenticator_.Start(); !status.ok()) {
    return status;
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.listen, options.credentials, &server->port_);
  builder.SetMaxReceiveMessageSize(kMaxReceive);
  // Two replicas on one port would share it silently.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{
           &server->auth_, &server->directory_, &server->admin_, &server->mailboxes_,
           &server->messages_, &server->metadata_, &server->delivery_, &server->maildrop_,
           &server->changes_, &server->urls_, &server->outbound_, &server->queue_admin_,
           &server->policy_, &server->links_}) {
    builder.RegisterService(service);
  }
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || server->port_ == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen));
  }
  server->server_->GetHealthCheckService()->SetServingStatus(true);
  server->local_->Start();
  server->returns_->Start();
  server->gauges_->Start();
  if (store.options().queue.tls_reports) {
    server->reports_->Start();
  }
  return server;
}

void Server::SetServing(bool serving) {
  const std::lock_guard lock(health_);
  server_->GetHealthCheckService()->SetServingStatus(serving && !draining_);
}

void Server::BeginDrain() {
  {
    const std::lock_guard lock(health_);
    draining_ = true;
    server_->GetHealthCheckService()->SetServingStatus(false);
  }
  store_.hub().Close();
  delivery_.Drain();
  links_.Drain();
  outbound_.Drain();
}

void Server::Shutdown(std::chrono::system_clock::time_point deadline) {
  server_->Shutdown(deadline);
}

}  // namespace posthorn::store
