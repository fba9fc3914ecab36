// Auth, Directory, Admin and QueueAdmin over mutual TLS and a database of their own, for tests.
#pragma once

#include <grpcpp/grpcpp.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>

#include "common/testing/authority.h"
#include "mailstore/auth/auth_service.h"
#include "mailstore/auth/authenticator.h"
#include "mailstore/auth/service_policy.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/db/pool.h"
#include "mailstore/directory/admin_service.h"
#include "mailstore/directory/directory_service.h"
#include "mailstore/outbound/queue_admin_service.h"

namespace posthorn::testing_support {

// A replica. Two with the same URL share what is in the database.
class DirectoryServer {
 public:
  DirectoryServer(Authority& authority, const std::string& database_url,
                  store::Argon2Cost cost = {.memory_kib = 256, .iterations = 1, .parallelism = 1},
                  size_t hash_queue = 256, store::FailedLoginLimits limits = {});
  ~DirectoryServer();

  // As the service whose certificate has this name.
  std::shared_ptr<grpc::Channel> Channel(const std::string& service);
  const std::string& address() const { return address_; }

  store::Pool& database() { return database_; }
  store::HashPool& hashes() { return hashes_; }
  const store::TicketSigner& tickets() const { return tickets_; }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  Authority& authority_;
  store::Pool database_;
  store::HashPool hashes_;
  store::Authenticator authenticator_;
  store::TicketSigner tickets_;
  store::RecipientResolver recipients_;
  store::AuthService auth_;
  store::DirectoryService directory_;
  store::AdminService admin_;
  store::QueueAdminService queue_admin_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::thread thread_;
};

}  // namespace posthorn::testing_support
