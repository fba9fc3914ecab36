#include "mailstore/directory/admin_service.h"

#include <optional>
#include <string>
#include <utility>

#include "common/rpc/server_call.h"
#include "mailstore/directory/alias_repository.h"
#include "mailstore/directory/domain_repository.h"
#include "mailstore/outbound/new_dkim_keys.h"

namespace posthorn::store {

namespace asio = boost::asio;

AdminService::AdminService(asio::any_io_executor executor, Pool& database, HashPool& hashes,
                           Argon2Cost cost, RecipientResolver& recipients)
    : executor_(std::move(executor)),
      database_(database),
      hashes_(hashes),
      cost_(cost),
      recipients_(recipients) {}

AdminService::Reactor* AdminService::AddDomain(Context* context,
                                               const v1::AddDomainRequest* request,
                                               v1::AddDomainResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoAddDomain(request->domain()));
}

AdminService::Reactor* AdminService::RemoveDomain(Context* context,
                                                  const v1::RemoveDomainRequest* request,
                                                  v1::RemoveDomainResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoRemoveDomain(request->domain()));
}

AdminService::Reactor* AdminService::ListDomains(Context* context,
                                                 const v1::ListDomainsRequest* /*request*/,
                                                 v1::ListDomainsResponse* response) {
  return rpc::RunUnary(executor_, context, DoListDomains(*response));
}

AdminService::Reactor* AdminService::AddAlias(Context* context, const v1::AddAliasRequest* request,
                                              v1::AddAliasResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoAddAlias(*request));
}

AdminService::Reactor* AdminService::ListAliases(Context* context,
                                                 const v1::ListAliasesRequest* request,
                                                 v1::ListAliasesResponse* response) {
  return rpc::RunUnary(executor_, context, DoListAliases(*request, *response));
}

AdminService::Reactor* AdminService::RemoveAlias(Context* context,
                                                 const v1::RemoveAliasRequest* request,
                                                 v1::RemoveAliasResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoRemoveAlias(*request));
}

AdminService::Outcome AdminService::DoAddDomain(std::string domain) {
  const absl::StatusOr<std::string> name = ParseDomain(domain);
  if (!name.ok()) {
    co_return name.status();
  }
  const absl::StatusOr<FirstDkimKeys> keys = co_await MakeFirstDkimKeys(hashes_);
  if (!keys.ok()) {
    co_return keys.status();
  }
  auto add = [&name, &keys](Connection& connection) {
    return store::AddDomain(connection, *name, *keys);
  };
  const absl::Status status = co_await database_.Run(std::move(add));
  recipients_.Forget();
  co_return status;
}

AdminService::Outcome AdminService::DoRemoveDomain(std::string domain) {
  const absl::StatusOr<std::string> name = ParseDomain(domain);
  if (!name.ok()) {
    co_return name.status();
  }
  auto remove = [&name](Connection& connection) { return store::RemoveDomain(connection, *name); };
  const absl::Status status = co_await database_.Run(std::move(remove));
  recipients_.Forget();
  co_return status;
}

AdminService::Outcome AdminService::DoListDomains(v1::ListDomainsResponse& response) {
  auto list = [](Connection& connection) { return store::ListDomains(connection); };
  const absl::StatusOr<std::vector<std::string>> domains = co_await database_.Run(std::move(list));
  if (!domains.ok()) {
    co_return domains.status();
  }
  response.mutable_domains()->Assign(domains->begin(), domains->end());
  co_return absl::OkStatus();
}

AdminService::Outcome AdminService::DoAddAlias(const v1::AddAliasRequest& request) {
  const absl::StatusOr<LocalAddress> address = ParseAliasAddress(request.alias().address());
  if (!address.ok()) {
    co_return address.status();
  }
  const absl::StatusOr<LocalAddress> target = ParseNewAddress(request.alias().target());
  if (!target.ok()) {
    co_return target.status();
  }
  auto add = [address = *address, target = *target](Connection& connection) {
    return store::AddAlias(connection, address, target);
  };
  const absl::Status status = co_await database_.Run(std::move(add));
  recipients_.Forget();
  co_return status;
}

AdminService::Outcome AdminService::DoListAliases(const v1::ListAliasesRequest& request,
                                                  v1::ListAliasesResponse& response) {
  const absl::StatusOr<std::string> domain = ParseDomainIfAny(request.domain());
  if (!domain.ok()) {
    co_return domain.status();
  }
  auto list = [domain = *domain](Connection& connection) {
    return store::ListAliases(connection, domain);
  };
  const absl::StatusOr<std::vector<AliasRow>> aliases = co_await database_.Run(std::move(list));
  if (!aliases.ok()) {
    co_return aliases.status();
  }
  for (const AliasRow& row : *aliases) {
    v1::Alias* alias = response.add_aliases();
    alias->set_address(row.address);
    alias->set_target(row.target);
  }
  co_return absl::OkStatus();
}

AdminService::Outcome AdminService::DoRemoveAlias(const v1::RemoveAliasRequest& request) {
  const absl::StatusOr<LocalAddress> address = ParseAliasAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  std::optional<LocalAddress> target;
  if (!request.target().empty()) {
    absl::StatusOr<LocalAddress> parsed = ParseNewAddress(request.target());
    if (!parsed.ok()) {
      co_return parsed.status();
    }
    target = *std::move(parsed);
  }
  auto remove = [address = *address, target](Connection& connection) {
    return store::RemoveAlias(connection, address, target.has_value() ? &*target : nullptr);
  };
  const absl::Status status = co_await database_.Run(std::move(remove));
  recipients_.Forget();
  co_return status;
}

}  // namespace posthorn::store
