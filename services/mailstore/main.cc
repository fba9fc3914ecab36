// mailstore: keeps mail in PostgreSQL and serves it to the gateways over gRPC.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "common/admin/server.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/rpc/credentials.h"
#include "common/runtime/runtime.h"
#include "mailstore/auth/login_repository.h"
#include "mailstore/auth/service_policy.h"
#include "mailstore/query_metrics.h"
#include "mailstore/schema/migrator.h"
#include "mailstore/server.h"
#include "mailstore/store.h"
#include "mailstore/upkeep/upkeep.h"

using posthorn::config::Count;

ABSL_FLAG(std::string, listen, "0.0.0.0:9090", "gRPC, host:port");
ABSL_FLAG(std::string, database_url, "", "PostgreSQL: libpq URI or keywords");
ABSL_FLAG(std::string, database_url_file, "", "file that holds database_url");
ABSL_FLAG(bool, migrate_only, false, "bring the database to this program's schema, then exit");
ABSL_FLAG(uint64_t, max_message_bytes, 64ull << 20,
          "largest message, octets, trace fields not counted");
ABSL_FLAG(uint64_t, memory_budget_bytes, 256ull << 20, "memory for messages on their way");
ABSL_FLAG(uint64_t, cache_bytes, 512ull << 20, "memory for caches of mailboxes and messages");
ABSL_FLAG(Count, database_read_sessions, Count(4), "sessions with PostgreSQL for short reads");
ABSL_FLAG(Count, database_body_sessions, Count(3), "sessions with PostgreSQL for bodies");
ABSL_FLAG(Count, database_write_lanes, Count(2),
          "sessions with PostgreSQL for writes, and threads");
ABSL_FLAG(bool, synchronous_flag_changes, false,
          "changes of flags wait for the disk, as all other writes do");
ABSL_FLAG(Count, database_outbound_sessions, Count(3),
          "sessions with PostgreSQL for the outbound queue");
ABSL_FLAG(absl::Duration, queue_lifetime, absl::Hours(5 * 24),
          "mail that could not be delivered is returned after this");
ABSL_FLAG(absl::Duration, delay_notice, absl::Hours(4),
          "senders are told of mail that waits after this; 0: never");
ABSL_FLAG(double, retry_scale, 1.0, "factor of the times between attempts; for tests");
ABSL_FLAG(absl::Duration, queue_lease, absl::Minutes(1),
          "what a relay worker that died had in hand is tried again after this");
ABSL_FLAG(Count, site_connections, Count(20), "connections to one site, of all relay workers");
ABSL_FLAG(uint32_t, sending_limit, 0,
          "recipients outside that an account may send to in a day; 0: "
          "any number. mailctl account limit sets others");
ABSL_FLAG(
    uint32_t, failed_logins_of_user, 20,
    "wrong passwords for one user from one network in an hour, then none is taken; 0: any number");
ABSL_FLAG(uint32_t, failed_logins_of_address, 500,
          "wrong passwords from one client address in an hour, then none is taken; 0: any number");
ABSL_FLAG(Count, delivery_log_days, Count(30), "how long the log of deliveries is kept");
ABSL_FLAG(bool, tls_reports, true,
          "domains that want reports of TLS sessions (RFC 8460) get them daily");
ABSL_FLAG(std::string, hostname, "", "name in notifications to senders; the machine's if empty");

namespace posthorn::store {
namespace {

template <class T>
T OrExit(absl::StatusOr<T> value) {
  if (!value.ok()) {
    log::Error("cannot start", {{"reason", std::string(value.status().message())}});
    log::Stop();
    std::exit(2);
  }
  return *std::move(value);
}

std::string DatabaseUrl() {
  const std::string file = absl::GetFlag(FLAGS_database_url_file);
  std::string url =
      file.empty() ? absl::GetFlag(FLAGS_database_url) : OrExit(config::ReadSecretFile(file));
  if (url.empty()) {
    OrExit<int>(absl::InvalidArgumentError("database_url or database_url_file must be set"));
  }
  return url;
}

std::string Hostname() {
  if (std::string name = absl::GetFlag(FLAGS_hostname); !name.empty()) {
    return name;
  }
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

int64_t LeaseMilliseconds() {
  const absl::Duration lease = absl::GetFlag(FLAGS_queue_lease);
  if (lease < absl::Seconds(1) || lease > absl::Hours(1)) {
    OrExit<int>(absl::InvalidArgumentError("queue_lease: 1 s to 1 h"));
  }
  return absl::ToInt64Milliseconds(lease);
}

QueueOptions QueueFromFlags() {
  return {.hostname = Hostname(),
          .lifetime_seconds = absl::ToInt64Seconds(absl::GetFlag(FLAGS_queue_lifetime)),
          .delay_notice_seconds = absl::ToInt64Seconds(absl::GetFlag(FLAGS_delay_notice)),

          .retry_scale = absl::GetFlag(FLAGS_retry_scale),
          .site_connections = absl::GetFlag(FLAGS_site_connections).value(),
          .tls_reports = absl::GetFlag(FLAGS_tls_reports),
          .sending_limit = static_cast<int32_t>(
              std::min<uint32_t>(absl::GetFlag(FLAGS_sending_limit), INT32_MAX))};
}

StoreOptions OptionsFromFlags(QueryObserver* observer) {
  const uint64_t cache = absl::GetFlag(FLAGS_cache_bytes);
  return {.database_url = DatabaseUrl(),
          .read_sessions = static_cast<size_t>(absl::GetFlag(FLAGS_database_read_sessions).value()),
          .body_sessions = static_cast<size_t>(absl::GetFlag(FLAGS_database_body_sessions).value()),
          .write_lanes = static_cast<size_t>(absl::GetFlag(FLAGS_database_write_lanes).value()),
          .max_message_bytes = absl::GetFlag(FLAGS_max_message_bytes),
          .memory_budget_bytes = absl::GetFlag(FLAGS_memory_budget_bytes),
          .index_cache_bytes = cache / 4,
          .metadata_cache_bytes = cache / 4,
          .body_cache_bytes = cache / 4,
          .header_cache_bytes = cache / 4,
          .synchronous_flag_changes = absl::GetFlag(FLAGS_synchronous_flag_changes),
          .outbound_sessions =
              static_cast<size_t>(absl::GetFlag(FLAGS_database_outbound_sessions).value()),
          .queue = QueueFromFlags(),
          .observer = observer};
}

// The database may come up after us: containers start together.
void MigrateOrExit(const StoreOptions& options) {
  ConnectionOptions session = SessionOptions(options, "migration");
  session.on_open = nullptr;
  Connection connection(std::move(session));
  constexpr std::chrono::seconds kPatience{120};
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const absl::Status status = Migrate(connection);
    if (status.ok()) {
      return;
    }
    if (!absl::IsUnavailable(status) || std::chrono::steady_clock::now() > until) {
      OrExit<int>(status);
    }
    log::Info("waiting for the database", {{"error", std::string(status.message())}});
  }
}

std::string TicketSecret(const StoreOptions& options) {
  Connection connection(SessionOptions(options, "start"));
  return OrExit(RunGuarded<absl::StatusOr<std::string>>(
      connection, [](Connection& c) { return LoadServerSecret(c, "ticket"); }));
}

std::shared_ptr<grpc::ServerCredentials> Credentials() {
  const auto credentials = rpc::ServerCredentials(OrExit(rpc::CertificateFilesFromFlags()));
  credentials->SetAuthMetadataProcessor(std::make_shared<ServicePolicy>());
  return credentials;
}

// Keeps the runtime up until the last call has ended.
boost::asio::awaitable<void> AwaitShutdown(runtime::Runtime& runtime, Server& server) {
  while (!runtime.Draining()) {
    co_await runtime::Sleep(std::chrono::milliseconds(20));
  }
  server.BeginDrain();
  std::atomic<bool> ended = false;
  const int seconds = std::max(1, absl::GetFlag(FLAGS_drain_seconds).value() - 2);
  std::thread shutdown([&server, &ended, seconds] {
    server.Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(seconds));
    ended = true;
  });
  while (!ended) {
    co_await runtime::Sleep(std::chrono::milliseconds(20));
  }
  shutdown.join();
}

int Run() {
  QueryMetrics metrics;
  const StoreOptions options = OptionsFromFlags(&metrics);
  const int64_t lease_milliseconds = LeaseMilliseconds();
  MigrateOrExit(options);
  if (absl::GetFlag(FLAGS_migrate_only)) {
    log::Stop();
    return 0;
  }
  runtime::Runtime runtime;
  Store store(options);
  const std::unique_ptr<Server> server = OrExit(
      Server::Start(runtime, store,
                    {.listen = absl::GetFlag(FLAGS_listen),
                     .credentials = Credentials(),
                     .ticket_secret = TicketSecret(options),
                     .failed_logins = {.of_user = absl::GetFlag(FLAGS_failed_logins_of_user),
                                       .of_address = absl::GetFlag(FLAGS_failed_logins_of_address)},
                     .hash_threads = std::max<size_t>(1, runtime.size()),
                     .lease_milliseconds = lease_milliseconds}));
  Upkeep upkeep(runtime, store,
                {.keep_delivery_log_seconds =
                     int64_t{absl::GetFlag(FLAGS_delivery_log_days).value()} * 86'400});
  upkeep.Start([&server](bool ready) { server->SetServing(ready); });
  const absl::Status admin = admin::Serve(runtime, absl::GetFlag(FLAGS_admin_listen),
                                          [&upkeep] { return upkeep.Ready(); });
  if (!admin.ok()) {
    OrExit<int>(admin);
  }
  log::Info("serving", {{"listen", absl::GetFlag(FLAGS_listen)}});
  runtime.Spawn(runtime.context(0).get_executor(), "shutdown", AwaitShutdown(runtime, *server));
  const bool clean = runtime.Run(std::chrono::seconds(absl::GetFlag(FLAGS_drain_seconds).value()));
  log::Stop();
  // Background tasks refer to parts of this process: no destructors.
  std::_Exit(clean ? 0 : 1);
}

}  // namespace
}  // namespace posthorn::store

int main(int argc, char** argv) {
  posthorn::config::Start("mailstore", argc, argv);
  return posthorn::store::Run();
}
