#include "replica.h"

#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "common/testing/callback_queue.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::component {
namespace {

const std::string& TicketSecret() {
  static const std::string secret(32, 's');
  return secret;
}

store::StoreOptions With(store::StoreOptions options, const std::string& url) {
  options.database_url = url;
  return options;
}

v1::UidSet Uids(const std::vector<uint32_t>& uids) {
  v1::UidSet set;
  store::EncodeUids(uids, &set);
  return set;
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request) {
  grpc::ClientContext context;
  Response response;
  const absl::Status status = rpc::FromGrpc((stub.*method)(&context, request, &response));
  if (!status.ok()) {
    return status;
  }
  return response;
}

// Sends start and octets in frames of an odd size.
template <typename Request, typename Writer>
void SendFrames(Writer& writer, Request request, const std::string& message) {
  constexpr size_t kFrame = 100'001;
  size_t sent = 0;
  do {
    request.set_data(message.substr(sent, kFrame));
    sent += request.data().size();
    request.set_last(sent == message.size());
    if (!writer.Write(request)) {
      return;
    }
    request.Clear();
  } while (sent < message.size());
  writer.WritesDone();
}

}  // namespace

Replica::Replica(const std::string& database_url, store::StoreOptions options) {
  testing_support::KeepCallbackQueue();
  store_ = std::make_unique<store::Store>(With(std::move(options), database_url));
  auto server = store::Server::Start(runtime_, *store_,
                                     {.listen = "127.0.0.1:0",
                                      .credentials = grpc::InsecureServerCredentials(),
                                      .ticket_secret = TicketSecret(),
                                      .hash_cost = {.memory_kib = 64, .iterations = 1},
                                      .hash_threads = 1});
  if (!server.ok()) {
    throw std::runtime_error(std::string(server.status().message()));
  }
  server_ = *std::move(server);
  thread_ = std::thread([this] { runtime_.Run(std::chrono::seconds(10)); });
  channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                 grpc::InsecureChannelCredentials());
}

Replica::~Replica() {
  server_->BeginDrain();
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(10));
  runtime_.RequestDrain();
  thread_.join();
  server_.reset();
  store_.reset();
}

v1::Caller Replica::Caller(uint64_t account) const {
  const absl::Time now = absl::Now();
  v1::Caller caller;
  caller.set_ticket(store::TicketSigner(TicketSecret())
                        .Sign({store::AccountId(account), now, now + absl::Minutes(5), 1}));
  caller.set_session_id("test");
  return caller;
}

absl::Status Replica::Deliver(const std::vector<uint64_t>& accounts, const std::string& message,
                              const std::string& key, const std::string& mailbox) {
  auto stub = v1::Delivery::NewStub(channel_);
  grpc::ClientContext context;
  v1::DeliverResponse response;
  auto writer = stub->Deliver(&context, &response);
  v1::DeliverRequest request;
  request.mutable_start()->set_idempotency_key(key);
  request.mutable_start()->set_size(message.size());
  request.mutable_start()->mutable_account_ids()->Add(accounts.begin(), accounts.end());
  request.mutable_start()->set_mailbox(mailbox);
  SendFrames(*writer, std::move(request), message);
  return rpc::FromGrpc(writer->Finish());
}

absl::StatusOr<v1::SettleDeliveryResponse> Replica::Settle(const std::vector<uint64_t>& accounts,
                                                           const std::string& key) {
  auto stub = v1::Delivery::NewStub(channel_);
  v1::SettleDeliveryRequest request;
  request.set_idempotency_key(key);
  request.mutable_account_ids()->Add(accounts.begin(), accounts.end());
  return Call(*stub, &v1::Delivery::Stub::SettleDelivery, request);
}

absl::StatusOr<v1::AppendResponse> Replica::Append(uint64_t account, const std::string& mailbox,
                                                   const std::string& message,
                                                   const std::string& key, uint32_t flags,
                                                   const std::vector<std::string>& keywords) {
  auto stub = v1::Message::NewStub(channel_);
  grpc::ClientContext context;
  v1::AppendResponse response;
  auto writer = stub->Append(&context, &response);
  v1::AppendRequest request;
  v1::AppendStart& start = *request.mutable_start();
  *start.mutable_caller() = Caller(account);
  start.set_mailbox(mailbox);
  start.set_idempotency_key(key);
  v1::AppendMessage& first = *request.mutable_message();
  first.set_flags(flags);
  first.mutable_keywords()->Add(keywords.begin(), keywords.end());
  SendFrames(*writer, std::move(request), message);
  const absl::Status status = rpc::FromGrpc(writer->Finish());
  if (!status.ok()) {
    return status;
  }
  return response;
}

absl::StatusOr<v1::SettleAppendResponse> Replica::SettleAppend(uint64_t account,
                                                               const std::string& mailbox,
                                                               const std::string& key) {
  auto stub = v1::Message::NewStub(channel_);
  v1::SettleAppendRequest request;
  *request.mutable_caller() = Caller(account);
  request.set_mailbox(mailbox);
  request.set_idempotency_key(key);
  return Call(*stub, &v1::Message::Stub::SettleAppend, request);
}

absl::StatusOr<v1::OpenMailboxResponse> Replica::Open(uint64_t account, const std::string& mailbox,
                                                      bool read_only) {
  auto stub = v1::Message::NewStub(channel_);
  v1::OpenMailboxRequest request;
  *request.mutable_caller() = Caller(account);
  request.set_name(mailbox);
  request.set_read_only(read_only);
  return Call(*stub, &v1::Message::Stub::OpenMailbox, request);
}

absl::StatusOr<v1::SyncMailboxResponse> Replica::Sync(uint64_t account, uint32_t mailbox,
                                                      uint64_t since_modseq,
                                                      uint32_t known_uidnext) {
  auto stub = v1::Message::NewStub(channel_);
  v1::SyncMailboxRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_mailbox()->set_mailbox_id(mailbox);
  request.set_since_modseq(since_modseq);
  request.set_known_uidnext(known_uidnext);
  return Call(*stub, &v1::Message::Stub::SyncMailbox, request);
}

absl::StatusOr<v1::StoreFlagsResponse> Replica::StoreFlags(
    uint64_t account, uint32_t mailbox, const std::vector<uint32_t>& uids,
    v1::StoreFlagsRequest::Mode mode, uint32_t flags, const std::vector<std::string>& keywords) {
  auto stub = v1::Message::NewStub(channel_);
  v1::StoreFlagsRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_mailbox()->set_mailbox_id(mailbox);
  *request.mutable_uids() = Uids(uids);
  request.set_mode(mode);
  request.set_flags(flags);
  request.mutable_keywords()->Add(keywords.begin(), keywords.end());
  return Call(*stub, &v1::Message::Stub::StoreFlags, request);
}

absl::StatusOr<v1::CopyMessagesResponse> Replica::Copy(uint64_t account, uint32_t mailbox,
                                                       const std::vector<uint32_t>& uids,
                                                       const std::string& destination, bool move,
                                                       const std::string& key) {
  auto stub = v1::Message::NewStub(channel_);
  v1::CopyMessagesRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_source()->set_mailbox_id(mailbox);
  *request.mutable_uids() = Uids(uids);
  request.set_destination(destination);
  request.set_move(move);
  request.set_idempotency_key(key);
  return Call(*stub, &v1::Message::Stub::CopyMessages, request);
}

absl::StatusOr<v1::ExpungeResponse> Replica::Expunge(uint64_t account, uint32_t mailbox) {
  auto stub = v1::Message::NewStub(channel_);
  v1::ExpungeRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_mailbox()->set_mailbox_id(mailbox);
  return Call(*stub, &v1::Message::Stub::Expunge, request);
}

absl::StatusOr<std::string> Replica::Body(uint64_t account, uint32_t mailbox, uint32_t uid,
                                          v1::BodySection section, uint64_t offset,
                                          uint64_t length) {
  auto stub = v1::Message::NewStub(channel_);
  grpc::ClientContext context;
  v1::FetchBodyRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_mailbox()->set_mailbox_id(mailbox);
  v1::BodyRange& range = *request.add_ranges();
  range.set_uid(uid);
  range.set_section(section);
  range.set_offset(offset);
  range.set_length(length);
  auto reader = stub->FetchBody(&context, request);
  v1::BodyFrame frame;
  std::string octets;
  uint64_t total = 0;
  bool gone = false;
  bool last = false;
  for (bool first = true; reader->Read(&frame); first = false) {
    total = first ? frame.total() : total;
    gone = gone || frame.gone();
    last = frame.last();
    octets += frame.data();
  }
  const absl::Status status = rpc::FromGrpc(reader->Finish());
  if (!status.ok()) {
    return status;
  }
  if (gone) {
    return absl::NotFoundError("gone");
  }
  if (!last || octets.size() != total) {
    return absl::DataLossError("frames do not add up");
  }
  return octets;
}

absl::StatusOr<v1::FetchMetadataBlock> Replica::Metadata(uint64_t account, uint32_t mailbox,
                                                         const std::vector<uint32_t>& uids) {
  auto stub = v1::Message::NewStub(channel_);
  grpc::ClientContext context;
  v1::FetchMetadataRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_mailbox()->set_mailbox_id(mailbox);
  *request.mutable_uids() = Uids(uids);
  request.set_internal_date(true);
  request.set_size(true);
  request.set_envelope(true);
  request.set_body_structure(true);
  auto reader = stub->FetchMetadata(&context, request);
  v1::FetchMetadataBlock all;
  v1::FetchMetadataBlock block;
  while (reader->Read(&block)) {
    all.MergeFrom(block);
  }
  const absl::Status status = rpc::FromGrpc(reader->Finish());
  if (!status.ok()) {
    return status;
  }
  return all;
}

absl::StatusOr<std::vector<uint32_t>> Replica::Search(uint64_t account, uint32_t mailbox,
                                                      const v1::SearchKey& key) {
  auto stub = v1::Message::NewStub(channel_);
  v1::SearchRequest request;
  *request.mutable_caller() = Caller(account);
  request.mutable_mailbox()->set_mailbox_id(mailbox);
  *request.mutable_key() = key;
  request.mutable_among()->add_runs(1);
  request.mutable_among()->add_runs(1'000'000);
  const auto response = Call(*stub, &v1::Message::Stub::Search, request);
  if (!response.ok()) {
    return response.status();
  }
  return Expand(response->uids());
}

}  // namespace posthorn::component
