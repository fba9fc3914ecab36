// The services of mailstore on their gRPC port.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "common/runtime/runtime.h"
#include "mailstore/auth/argon2_hash.h"
#include "mailstore/auth/auth_service.h"
#include "mailstore/auth/authenticator.h"
#include "mailstore/auth/hash_pool.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/changes/changes_service.h"
#include "mailstore/delivery/delivery_service.h"
#include "mailstore/directory/admin_service.h"
#include "mailstore/directory/directory_service.h"
#include "mailstore/directory/recipient_resolver.h"
#include "mailstore/link/link_service.h"
#include "mailstore/mailbox/mailbox_service.h"
#include "mailstore/maildrop/maildrop_service.h"
#include "mailstore/message/message_service.h"
#include "mailstore/metadata/metadata_service.h"
#include "mailstore/outbound/local_delivery.h"
#include "mailstore/outbound/outbound_service.h"
#include "mailstore/outbound/queue_admin_service.h"
#include "mailstore/outbound/queue_gauges.h"
#include "mailstore/outbound/return_sweep.h"
#include "mailstore/outbound/tls_reporter.h"
#include "mailstore/policy/policy_service.h"
#include "mailstore/store.h"
#include "mailstore/url/url_access_service.h"

namespace posthorn::store {

struct ServerOptions {
  std::string listen;  // host:port; port 0: any
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::string ticket_secret;
  Argon2Cost hash_cost;
  FailedLoginLimits failed_logins;
  size_t hash_threads = 2;
  int64_t lease_milliseconds = kLeaseMilliseconds;  // of relay workers, unless they renew
};

class Server {
 public:
  // Runtime and store must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(runtime::Runtime& runtime, Store& store,
                                                       ServerOptions options);

  int port() const { return port_; }
  // What health says (grpc.health.v1); it begins with SERVING and ends with the drain.
  void SetServing(bool serving);
  // Health turns to NOT_SERVING, change streams end.
  void BeginDrain();
  // Takes no more calls, and returns when those under way have ended, at the latest at the
  // deadline. Blocks; not on a thread of the runtime.
  void Shutdown(std::chrono::system_clock::time_point deadline);

 private:
  Server(runtime::Runtime& runtime, Store& store, const ServerOptions& options);

  Store& store_;
  TicketSigner tickets_;
  HashPool hashes_;
  Authenticator authenticator_;
  RecipientResolver recipients_;
  AuthService auth_;
  DirectoryService directory_;
  AdminService admin_;
  MailboxService mailboxes_;
  MessageService messages_;
  MetadataService metadata_;
  DeliveryService delivery_;
  MaildropService maildrop_;
  ChangesService changes_;
  UrlAccessService urls_;
  OutboundService outbound_;
  std::shared_ptr<LocalDelivery> local_;
  std::shared_ptr<TlsReporter> reports_;
  std::shared_ptr<ReturnSweep> returns_;
  std::shared_ptr<QueueGauges> gauges_;
  QueueAdminService queue_admin_;
  PolicyService policy_;
  LinkService links_;
  int port_ = 0;
  std::mutex health_;
  bool draining_ = false;  // with health_
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace posthorn::store
