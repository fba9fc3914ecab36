// MailStore over gRPC: any replica of mailstore, failing over to the next.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/rpc/mailstore_pool.h"
#include "smtp-gateway/store/delivery_link.h"
#include "smtp-gateway/store/foreign_domains.h"
#include "smtp-gateway/store/mail_store.h"
#include "smtp-gateway/store/recipient_cache.h"

namespace posthorn::smtp {

// Thread-safe; calls complete on the executor of the coroutine that makes them.
class GrpcMailStore final : public MailStore {
 public:
  explicit GrpcMailStore(const rpc::MailstorePool& pool);

  asio::awaitable<absl::StatusOr<v1::ResolveRecipientResponse>> ResolveRecipient(
      const std::string& address, uint64_t size, const std::string& session_id) override;
  asio::awaitable<absl::Status> CheckSender(v1::Grant& grant, const std::string& address,
                                            const std::string& session_id) override;
  asio::awaitable<absl::StatusOr<v1::AuthenticateResponse>> Authenticate(
      const v1::AuthenticateRequest& request) override;
  asio::awaitable<absl::StatusOr<v1::CheckGreylistResponse>> CheckGreylist(
      const v1::CheckGreylistRequest& request, const std::string& session_id) override;
  asio::awaitable<absl::StatusOr<v1::CountEventsResponse>> CountEvents(
      const v1::CountEventsRequest& request, const std::string& session_id) override;
  asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Deliver(const v1::DeliverRequest& message,
                                                               int attempt) override;
  asio::awaitable<absl::StatusOr<std::unique_ptr<DeliveryStream>>> OpenDelivery(
      const v1::DeliverStart& start, int attempt) override;
  asio::awaitable<absl::StatusOr<v1::SettleDeliveryResponse>> SettleDelivery(
      const v1::DeliverStart& start) override;

  // Ends the calls that stay open for the executor of the caller; for tests.
  asio::awaitable<void> Close();

 private:
  using Links = std::map<rpc::ReplicaPtr, std::shared_ptr<DeliveryLink>>;

  rpc::ReplicaPtr Choose(const v1::DeliverStart& start, int attempt) const;
  std::shared_ptr<DeliveryLink> LinkTo(const rpc::ReplicaPtr& replica,
                                       const asio::any_io_executor& executor);

  const rpc::MailstorePool& pool_;
  RecipientCache cache_;
  ForeignDomains foreign_;
  std::mutex mutex_;  // of links_
  // By the context of their executor, whose thread alone may use them.
  std::map<const asio::execution_context*, Links> links_;
};

}  // namespace posthorn::smtp
