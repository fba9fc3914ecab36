// The part of the QueueAdmin service that is about DKIM keys.
#include <string>
#include <vector>

#include "common/log/log.h"
#include "common/rpc/server_call.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/outbound/dkim_key_rows.h"
#include "mailstore/outbound/new_dkim_keys.h"
#include "mailstore/outbound/queue_admin_service.h"

namespace posthorn::store {
namespace {

using KeyChange = v1::ChangeDkimKeyRequest;

absl::Status Invalid(absl::string_view why) { return absl::InvalidArgumentError(why); }

// Names of domain and selector in normal form.
struct KeyName {
  std::string domain;
  std::string selector;
};

absl::StatusOr<KeyName> ParseKeyName(absl::string_view domain, absl::string_view selector) {
  absl::StatusOr<std::string> name = ParseDomain(domain);
  if (!name.ok()) {
    return name.status();
  }
  if (selector.empty()) {
    return KeyName{*std::move(name), ""};
  }
  // RFC 6376 3.1: labels, as of a domain name.
  absl::StatusOr<std::string> label = ParseDomain(selector);
  if (!label.ok()) {
    return label.status();
  }
  return KeyName{*std::move(name), *std::move(label)};
}

}  // namespace

QueueAdminService::Reactor* QueueAdminService::AddDkimKey(Context* context,
                                                          const v1::AddDkimKeyRequest* request,
                                                          v1::AddDkimKeyResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoAddDkimKey(*request, *response));
}

QueueAdminService::Reactor* QueueAdminService::ListDkimKeys(Context* context,
                                                            const v1::ListDkimKeysRequest* request,
                                                            v1::ListDkimKeysResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoListDkimKeys(*request, *response));
}

QueueAdminService::Reactor* QueueAdminService::ChangeDkimKey(
    Context* context, const v1::ChangeDkimKeyRequest* request,
    v1::ChangeDkimKeyResponse* response) {
  return rpc::RunUnary(executor_, context, *request, DoChangeDkimKey(*request, *response));
}

QueueAdminService::Outcome QueueAdminService::DoAddDkimKey(const v1::AddDkimKeyRequest& request,
                                                           v1::AddDkimKeyResponse& response) {
  const absl::StatusOr<KeyName> name = ParseKeyName(request.domain(), request.selector());
  if (!name.ok()) {
    co_return name.status();
  }
  if (request.algorithm() != v1::DKIM_RSA_SHA256 &&
      request.algorithm() != v1::DKIM_ED25519_SHA256) {
    co_return Invalid("there is no such algorithm");
  }
  const absl::StatusOr<NewDkimKey> made = co_await MakeDkimKey(threads_, request.algorithm());
  if (!made.ok()) {
    co_return made.status();
  }
  auto add = [&name, &made, sign = request.sign()](Connection& connection) {
    return store::AddDkimKey(connection, name->domain, name->selector, *made, sign);
  };
  absl::StatusOr<v1::DkimKey> key = co_await database_.Run(std::move(add));
  if (!key.ok()) {
    co_return key.status();
  }
  log::Info("DKIM key added", {{"who", "mailctl"},
                               {"domain", key->domain()},
                               {"selector", key->selector()},
                               {"state", v1::DkimKey::State_Name(key->state())}});
  response.mutable_key()->Swap(&*key);
  co_return absl::OkStatus();
}

QueueAdminService::Outcome QueueAdminService::DoListDkimKeys(const v1::ListDkimKeysRequest& request,
                                                             v1::ListDkimKeysResponse& response) {
  const absl::StatusOr<std::string> domain = ParseDomainIfAny(request.domain());
  if (!domain.ok()) {
    co_return domain.status();
  }
  auto list = [domain = *domain](Connection& connection) {
    return store::ListDkimKeys(connection, domain);
  };
  absl::StatusOr<std::vector<v1::DkimKey>> keys = co_await database_.Run(std::move(list));
  if (!keys.ok()) {
    co_return keys.status();
  }
  for (v1::DkimKey& key : *keys) {
    response.add_keys()->Swap(&key);
  }
  co_return absl::OkStatus();
}

QueueAdminService::Outcome QueueAdminService::DoChangeDkimKey(
    const v1::ChangeDkimKeyRequest& request, v1::ChangeDkimKeyResponse& response) {
  const absl::StatusOr<KeyName> name = ParseKeyName(request.domain(), request.selector());
  if (!name.ok()) {
    co_return name.status();
  }
  if (!KeyChange::Change_IsValid(request.change()) ||
      request.change() == KeyChange::CHANGE_UNSPECIFIED) {
    co_return Invalid("there is no such change");
  }
  auto change = [&name, kind = request.change()](Connection& connection) {
    return store::ChangeDkimKey(connection, name->domain, name->selector, kind);
  };
  absl::StatusOr<v1::DkimKey> key = co_await database_.Run(std::move(change));
  if (!key.ok()) {
    co_return key.status();
  }
  log::Info("DKIM key changed", {{"who", "mailctl"},
                                 {"domain", key->domain()},
                                 {"selector", key->selector()},
                                 {"change", KeyChange::Change_Name(request.change())}});
  response.mutable_key()->Swap(&*key);
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
