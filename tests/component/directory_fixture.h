// A replica with an empty database for each test, and calls in a line each.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/rpc/status.h"
#include "directory_server.h"
#include "posthorn/v1/auth.grpc.pb.h"
#include "posthorn/v1/directory.grpc.pb.h"
#include "private_postgres.h"

namespace posthorn::testing_support {

class DirectoryTest : public testing::Test {
 protected:
  DirectoryTest()
      : url_(PrivatePostgres::Shared().NewDatabase()),
        server_(authority_, url_),
        admin_(v1::Admin::NewStub(server_.Channel("mailctl"))),
        directory_(v1::Directory::NewStub(server_.Channel("smtp-gateway"))),
        auth_(v1::Auth::NewStub(server_.Channel("imap-gateway"))) {}

  // The status of one call, whatever the answer.
  template <class Stub, class Request, class Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    return rpc::FromGrpc((stub.*method)(&context, request, response));
  }

  absl::Status AddAccount(const std::string& address, const std::string& password = "secret",
                          uint64_t quota = 0) {
    v1::AddAccountsRequest request;
    Add(request, address, password, quota);
    v1::AddAccountsResponse response;
    return Call(*admin_, &v1::Admin::Stub::AddAccounts, request, &response);
  }
  static void Add(v1::AddAccountsRequest& request, const std::string& address,
                  const std::string& password, uint64_t quota = 0) {
    v1::NewAccount* account = request.add_accounts();
    account->set_address(address);
    account->set_password(password);
    account->set_quota_bytes(quota);
  }
  absl::Status AddAlias(const std::string& address, const std::string& target) {
    v1::AddAliasRequest request;
    request.mutable_alias()->set_address(address);
    request.mutable_alias()->set_target(target);
    v1::AddAliasResponse response;
    return Call(*admin_, &v1::Admin::Stub::AddAlias, request, &response);
  }
  absl::Status RemoveAccount(const std::string& address) {
    v1::RemoveAccountRequest request;
    request.set_address(address);
    v1::RemoveAccountResponse response;
    return Call(*admin_, &v1::Admin::Stub::RemoveAccount, request, &response);
  }
  uint64_t IdOf(const std::string& address) {
    v1::ListAccountsRequest request;
    request.set_limit(10'000);
    v1::ListAccountsResponse response;
    EXPECT_TRUE(Call(*admin_, &v1::Admin::Stub::ListAccounts, request, &response).ok());
    for (const v1::Account& account : response.accounts()) {
      if (account.address() == address) {
        return account.account_id();
      }
    }
    ADD_FAILURE() << "no account " << address;
    return 0;
  }
  absl::StatusOr<v1::ResolveRecipientResponse> Resolve(const std::string& address,
                                                       uint64_t size = 0) {
    v1::ResolveRecipientRequest request;
    request.set_address(address);
    request.set_size(size);
    v1::ResolveRecipientResponse response;
    const absl::Status status =
        Call(*directory_, &v1::Directory::Stub::ResolveRecipient, request, &response);
    if (!status.ok()) {
      return status;
    }
    return response;
  }
  // The accounts behind an address.
  std::vector<uint64_t> Behind(const std::string& address, uint64_t size = 0) {
    const auto resolved = Resolve(address, size);
    EXPECT_TRUE(resolved.ok()) << address << ": " << resolved.status();
    if (!resolved.ok()) {
      return {};
    }
    return {resolved->account_ids().begin(), resolved->account_ids().end()};
  }
  absl::StatusOr<v1::AuthenticateResponse> Authenticate(const std::string& mechanism,
                                                        const std::vector<std::string>& responses) {
    v1::AuthenticateRequest request;
    request.set_mechanism(mechanism);
    for (const std::string& response : responses) {
      request.add_responses(response);
    }
    request.set_protocol("imap");
    request.set_peer_address(peer_);
    v1::AuthenticateResponse response;
    const absl::Status status = Call(*auth_, &v1::Auth::Stub::Authenticate, request, &response);
    if (!status.ok()) {
      return status;
    }
    return response;
  }
  absl::StatusOr<v1::Grant> Login(const std::string& user, const std::string& password,
                                  const std::string& authorization_id = "") {
    const auto response = Authenticate("PLAIN", {authorization_id + std::string(1, '\0') + user +
                                                 std::string(1, '\0') + password});
    if (!response.ok()) {
      return response.status();
    }
    return response->grant();
  }
  absl::StatusOr<v1::Grant> Refresh(const std::string& ticket) {
    v1::RefreshTicketRequest request;
    request.set_ticket(ticket);
    v1::RefreshTicketResponse response;
    const absl::Status status = Call(*auth_, &v1::Auth::Stub::RefreshTicket, request, &response);
    if (!status.ok()) {
      return status;
    }
    return response.grant();
  }
  // One value from the database.
  std::string Value(const std::string& select) {
    auto read = [&select](store::Connection& connection) -> absl::StatusOr<std::string> {
      return std::string(connection.ExecText("test.value", select)[0][0].c_str());
    };
    const absl::StatusOr<std::string> value = server_.database().RunBlocking(read);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.value_or("");
  }
  void Execute(const std::string& sql) {
    auto run = [&sql](store::Connection& connection) -> absl::Status {
      connection.ExecText("test.execute", sql);
      return absl::OkStatus();
    };
    const absl::Status status = server_.database().RunBlocking(run);
    EXPECT_TRUE(status.ok()) << status;
  }

  Authority authority_;
  std::string url_;
  DirectoryServer server_;
  std::unique_ptr<v1::Admin::Stub> admin_;
  std::unique_ptr<v1::Directory::Stub> directory_;
  std::unique_ptr<v1::Auth::Stub> auth_;
  std::string peer_;  // the client of logins
};

inline void ExpectError(const absl::Status& status, absl::StatusCode code,
                        v1::ErrorDetail::Reason reason) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(v1::ErrorDetail::Reason_Name(rpc::ReasonOf(status)),
            v1::ErrorDetail::Reason_Name(reason))
      << status;
}

}  // namespace posthorn::testing_support
