// The Admin service of the contract (directory.proto), for mailctl.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "mailstore/auth/argon2_hash.h"
#include "mailstore/auth/hash_pool.h"
#include "mailstore/db/pool.h"
#include "mailstore/directory/account_repository.h"
#include "mailstore/directory/recipient_resolver.h"
#include "posthorn/v1/directory.grpc.pb.h"

namespace posthorn::store {

// Handlers run as coroutines on `executor`. All that is passed must outlive the server. Addresses
// and domains are normalised here; the repositories take normal forms.
class AdminService final : public v1::Admin::CallbackService {
 public:
  // `recipients` forgets what it knows after each change.
  AdminService(boost::asio::any_io_executor executor, Pool& database, HashPool& hashes,
               Argon2Cost cost, RecipientResolver& recipients);

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* AddDomain(Context*, const v1::AddDomainRequest*, v1::AddDomainResponse*) override;
  Reactor* ListDomains(Context*, const v1::ListDomainsRequest*, v1::ListDomainsResponse*) override;
  Reactor* RemoveDomain(Context*, const v1::RemoveDomainRequest*,
                        v1::RemoveDomainResponse*) override;
  Reactor* AddAccounts(Context*, const v1::AddAccountsRequest*, v1::AddAccountsResponse*) override;
  Reactor* ListAccounts(Context*, const v1::ListAccountsRequest*,
                        v1::ListAccountsResponse*) override;
  Reactor* RemoveAccount(Context*, const v1::RemoveAccountRequest*,
                         v1::RemoveAccountResponse*) override;
  Reactor* SetPassword(Context*, const v1::SetPasswordRequest*, v1::SetPasswordResponse*) override;
  Reactor* SetQuota(Context*, const v1::SetQuotaRequest*, v1::SetQuotaResponse*) override;
  Reactor* ChangeHiddenCapabilities(Context*, const v1::ChangeHiddenCapabilitiesRequest*,
                                    v1::ChangeHiddenCapabilitiesResponse*) override;
  Reactor* AddAlias(Context*, const v1::AddAliasRequest*, v1::AddAliasResponse*) override;
  Reactor* ListAliases(Context*, const v1::ListAliasesRequest*, v1::ListAliasesResponse*) override;
  Reactor* RemoveAlias(Context*, const v1::RemoveAliasRequest*, v1::RemoveAliasResponse*) override;
  Reactor* ListAccountMailboxes(Context*, const v1::ListAccountMailboxesRequest*,
                                v1::ListAccountMailboxesResponse*) override;

 private:
  using Outcome = boost::asio::awaitable<absl::Status>;

  Outcome DoListDomains(v1::ListDomainsResponse& response);
  Outcome DoAddAccounts(const v1::AddAccountsRequest& request, v1::AddAccountsResponse& response);
  Outcome DoListAccounts(const v1::ListAccountsRequest& request,
                         v1::ListAccountsResponse& response);
  Outcome DoSetPassword(const v1::SetPasswordRequest& request);
  Outcome DoSetQuota(const v1::SetQuotaRequest& request);
  Outcome DoChangeHidden(const v1::ChangeHiddenCapabilitiesRequest& request,
                         v1::ChangeHiddenCapabilitiesResponse& response);
  Outcome DoAddAlias(const v1::AddAliasRequest& request);
  Outcome DoListAliases(const v1::ListAliasesRequest& request, v1::ListAliasesResponse& response);
  Outcome DoRemoveAlias(const v1::RemoveAliasRequest& request);
  Outcome DoListMailboxes(const v1::ListAccountMailboxesRequest& request,
                          v1::ListAccountMailboxesResponse& response);

  boost::asio::awaitable<absl::StatusOr<DomainKeys>> MakeKeysOfMissingDomains(
      const std::vector<NewAccount>& accounts);
  Outcome DoAddDomain(std::string domain);
  Outcome DoRemoveDomain(std::string domain);
  Outcome DoRemoveAccount(const v1::RemoveAccountRequest& request);

  const boost::asio::any_io_executor executor_;
  Pool& database_;
  HashPool& hashes_;
  const Argon2Cost cost_;
  RecipientResolver& recipients_;
};

}  // namespace posthorn::store
