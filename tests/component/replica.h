// A mailstore replica in the test's process: store and services with their threads, and a gateway's
// view of it over gRPC.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/runtime/runtime.h"
#include "mailstore/server.h"
#include "mailstore/store.h"
#include "posthorn/v1/delivery.grpc.pb.h"
#include "posthorn/v1/mailbox.grpc.pb.h"
#include "posthorn/v1/maildrop.grpc.pb.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::component {

class Replica {
 public:
  explicit Replica(const std::string& database_url, store::StoreOptions options = {});
  ~Replica();

  store::Store& store() { return *store_; }
  std::shared_ptr<grpc::Channel> channel() { return channel_; }
  void BeginDrain() { server_->BeginDrain(); }

  // A caller with a ticket for the account.
  v1::Caller Caller(uint64_t account) const;

  absl::Status Deliver(const std::vector<uint64_t>& accounts, const std::string& message,
                       const std::string& key, const std::string& mailbox = "");
  absl::StatusOr<v1::SettleDeliveryResponse> Settle(const std::vector<uint64_t>& accounts,
                                                    const std::string& key);
  absl::StatusOr<v1::AppendResponse> Append(uint64_t account, const std::string& mailbox,
                                            const std::string& message, const std::string& key,
                                            uint32_t flags = 0,
                                            const std::vector<std::string>& keywords = {});
  absl::StatusOr<v1::SettleAppendResponse> SettleAppend(uint64_t account,
                                                        const std::string& mailbox,
                                                        const std::string& key);
  absl::StatusOr<v1::OpenMailboxResponse> Open(uint64_t account, const std::string& mailbox,
                                               bool read_only = true);
  absl::StatusOr<v1::SyncMailboxResponse> Sync(uint64_t account, uint32_t mailbox,
                                               uint64_t since_modseq, uint32_t known_uidnext);
  absl::StatusOr<v1::StoreFlagsResponse> StoreFlags(uint64_t account, uint32_t mailbox,
                                                    const std::vector<uint32_t>& uids,
                                                    v1::StoreFlagsRequest::Mode mode,
                                                    uint32_t flags,
                                                    const std::vector<std::string>& keywords = {});
  absl::StatusOr<v1::CopyMessagesResponse> Copy(uint64_t account, uint32_t mailbox,
                                                const std::vector<uint32_t>& uids,
                                                const std::string& destination, bool move,
                                                const std::string& key);
  absl::StatusOr<v1::ExpungeResponse> Expunge(uint64_t account, uint32_t mailbox);
  // The octets of a message or of a part of it; NotFound when it is gone.
  absl::StatusOr<std::string> Body(uint64_t account, uint32_t mailbox, uint32_t uid,
                                   v1::BodySection section = v1::BODY_SECTION_ALL,
                                   uint64_t offset = 0, uint64_t length = 0);
  absl::StatusOr<v1::FetchMetadataBlock> Metadata(uint64_t account, uint32_t mailbox,
                                                  const std::vector<uint32_t>& uids);
  absl::StatusOr<std::vector<uint32_t>> Search(uint64_t account, uint32_t mailbox,
                                               const v1::SearchKey& key);

 private:
  runtime::Runtime runtime_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Server> server_;
  std::thread thread_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Makes accounts, without logins, with these quotas (0: none). Account ids count from 1.
void PrepareAccounts(const std::string& url, const std::vector<int64_t>& quotas);

std::vector<uint32_t> Expand(const v1::UidSet& set);
// 16 octets.
std::string RandomKey();
// A message of about this size with its own Subject; compressible like prose.
std::string MakeMessage(const std::string& subject, size_t size = 1'000);
// The same, of octets that no compression makes fewer.
std::string MakeNoise(const std::string& subject, size_t size);
// What is wrong with the database: counters that differ from a recount, bodies without a message or
// messages without a whole body, references miscounted, UIDs not below UIDNEXT. Empty: nothing.
std::vector<std::string> FindInconsistencies(const std::string& url);

}  // namespace posthorn::component
