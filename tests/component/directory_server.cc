#include "directory_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "mailstore/auth/login_repository.h"

namespace posthorn::testing_support {
namespace {

template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

store::PoolOptions Options(const std::string& url) {
  store::PoolOptions options;
  options.connection.url = url;
  options.threads = 3;
  return options;
}

std::string Secret(store::Pool& database) {
  auto load = [](store::Connection& connection) {
    return store::LoadServerSecret(connection, "ticket");
  };
  return Must(database.RunBlocking(load));
}

}  // namespace

DirectoryServer::DirectoryServer(Authority& authority, const std::string& database_url,
                                 store::Argon2Cost cost, size_t hash_queue,
                                 store::FailedLoginLimits limits)
    : guard_(boost::asio::make_work_guard(io_)),
      authority_(authority),
      database_(Options(database_url)),
      hashes_(2, hash_queue),
      authenticator_(database_, hashes_, cost, limits),
      tickets_(Secret(database_)),
      recipients_(database_),
      auth_(io_.get_executor(), authenticator_, tickets_),
      directory_(io_.get_executor(), recipients_, tickets_),
      admin_(io_.get_executor(), database_, hashes_, cost, recipients_),
      queue_admin_(io_.get_executor(), database_, hashes_) {
  if (!authenticator_.Start().ok()) {
    std::abort();
  }
  auto credentials = rpc::ServerCredentials(authority.Issue("mailstore"));
  credentials->SetAuthMetadataProcessor(std::make_shared<store::ServicePolicy>());
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.RegisterService(&auth_);
  builder.RegisterService(&directory_);
  builder.RegisterService(&admin_);
  builder.RegisterService(&queue_admin_);
  server_ = builder.BuildAndStart();
  address_ = "127.0.0.1:" + std::to_string(port);
  thread_ = std::thread([this] { io_.run(); });
}

DirectoryServer::~DirectoryServer() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  guard_.reset();
  thread_.join();
}

std::shared_ptr<grpc::Channel> DirectoryServer::Channel(const std::string& service) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("mailstore");
  return grpc::CreateCustomChannel(address_, rpc::ChannelCredentials(authority_.Issue(service)),
                                   arguments);
}

}  // namespace posthorn::testing_support
