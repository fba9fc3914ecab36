// The Message service (message.proto). Each call's handler is in a file of its own.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/rpc/link_server.h"
#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/access/access.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/ids.h"
#include "mailstore/store.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::store {

class MessageService final : public v1::Message::CallbackService {
 public:
  // All must outlive the service.
  MessageService(runtime::Runtime& runtime, Store& store, const TicketSigner& tickets)
      : runtime_(runtime), store_(store), tickets_(tickets) {}

  // Adds what links answer of this service.
  void Serve(rpc::LinkMethods& methods);

  grpc::ServerUnaryReactor* OpenMailbox(grpc::CallbackServerContext* context,
                                        const v1::OpenMailboxRequest* request,
                                        v1::OpenMailboxResponse* response) override;
  grpc::ServerUnaryReactor* SyncMailbox(grpc::CallbackServerContext* context,
                                        const v1::SyncMailboxRequest* request,
                                        v1::SyncMailboxResponse* response) override;
  grpc::ServerWriteReactor<v1::FetchMetadataBlock>* FetchMetadata(
      grpc::CallbackServerContext* context, const v1::FetchMetadataRequest* request) override;
  grpc::ServerWriteReactor<v1::BodyFrame>* FetchBody(grpc::CallbackServerContext* context,
                                                     const v1::FetchBodyRequest* request) override;
  grpc::ServerReadReactor<v1::AppendRequest>* Append(grpc::CallbackServerContext* context,
                                                     v1::AppendResponse* response) override;
  grpc::ServerUnaryReactor* SettleAppend(grpc::CallbackServerContext* context,
                                         const v1::SettleAppendRequest* request,
                                         v1::SettleAppendResponse* response) override;
  grpc::ServerUnaryReactor* StoreFlags(grpc::CallbackServerContext* context,
                                       const v1::StoreFlagsRequest* request,
                                       v1::StoreFlagsResponse* response) override;
  grpc::ServerUnaryReactor* CopyMessages(grpc::CallbackServerContext* context,
                                         const v1::CopyMessagesRequest* request,
                                         v1::CopyMessagesResponse* response) override;
  grpc::ServerUnaryReactor* Expunge(grpc::CallbackServerContext* context,
                                    const v1::ExpungeRequest* request,
                                    v1::ExpungeResponse* response) override;
  grpc::ServerUnaryReactor* Search(grpc::CallbackServerContext* context,
                                   const v1::SearchRequest* request,
                                   v1::SearchResponse* response) override;
  grpc::ServerUnaryReactor* Thread(grpc::CallbackServerContext* context,
                                   const v1::ThreadRequest* request,
                                   v1::ThreadResponse* response) override;

 private:
  template <typename T>
  using Task = boost::asio::awaitable<T>;
  using MetadataStream = rpc::FrameWriter<v1::FetchMetadataBlock>;
  using BodyStream = rpc::FrameWriter<v1::BodyFrame>;
  using AppendStream = rpc::ServerReader<v1::AppendRequest>;

  Task<absl::Status> DoOpenMailbox(const v1::OpenMailboxRequest& request,
                                   v1::OpenMailboxResponse& response);
  Task<absl::Status> DoSyncMailbox(const v1::SyncMailboxRequest& request,
                                   v1::SyncMailboxResponse& response);
  Task<absl::Status> DoFetchMetadata(const v1::FetchMetadataRequest& request,
                                     MetadataStream& stream);
  Task<absl::Status> DoFetchBody(const v1::FetchBodyRequest& request, BodyStream& stream);
  Task<absl::Status> DoAppend(grpc::CallbackServerContext& context, AppendStream& stream,
                              v1::AppendResponse& response);
  // An Append in one frame.
  Task<absl::Status> DoAppendWhole(const v1::AppendRequest& request, v1::AppendResponse& response);
  // The rest of an Append after its start; `frame` is the first one. Without a stream it is the
  // last one too, and `context` is null.
  Task<absl::Status> Receive(grpc::CallbackServerContext* context, AppendStream* stream,
                             const v1::AppendStart& start, v1::AppendRequest& frame,
                             v1::AppendResponse& response);
  Task<absl::Status> DoSettleAppend(const v1::SettleAppendRequest& request,
                                    v1::SettleAppendResponse& response);
  Task<absl::Status> DoStoreFlags(const v1::StoreFlagsRequest& request,
                                  v1::StoreFlagsResponse& response);
  Task<absl::Status> DoCopyMessages(const v1::CopyMessagesRequest& request,
                                    v1::CopyMessagesResponse& response);
  Task<absl::Status> DoExpunge(const v1::ExpungeRequest& request, v1::ExpungeResponse& response);
  // What a SearchRequest or a ThreadRequest asks for in this mailbox, as it is now.
  struct PreparedSearch;
  template <typename Request>
  Task<absl::StatusOr<PreparedSearch>> Prepare(const Request& request, MailboxKey mailbox);
  // Both end early once the call is cancelled.
  Task<absl::Status> DoSearch(const rpc::Cancellation& cancellation,
                              const v1::SearchRequest& request, v1::SearchResponse& response);
  Task<absl::Status> DoThread(const rpc::Cancellation& cancellation,
                              const v1::ThreadRequest& request, v1::ThreadResponse& response);

  // Checks ticket, mailbox and rights (access/access.h).
  Task<absl::StatusOr<AuthorizedMailbox>> Authorize(const v1::Caller& caller,
                                                    const v1::MailboxRef& mailbox, Rights needed);
  // The same for a read of these UIDs, which a grant allows as well if it is for all of them.
  Task<absl::StatusOr<MailboxKey>> AuthorizeRead(const v1::Caller& caller,
                                                 const v1::MailboxRef& mailbox,
                                                 const std::string& grant,
                                                 std::vector<uint32_t> uids);
  // The mailbox's index behind the barrier. NotFound REASON_MAILBOX_NOT_FOUND.
  Task<absl::StatusOr<std::shared_ptr<MailboxIndex>>> Index(MailboxKey mailbox);
  // The mailbox that the caller knows by this name, if the caller has the rights there.
  Task<absl::StatusOr<AuthorizedMailbox>> FindByName(AccountId caller, std::string name,
                                                     Rights needed);

  boost::asio::any_io_executor Executor() { return runtime_.Next().get_executor(); }

  runtime::Runtime& runtime_;
  Store& store_;
  const TicketSigner& tickets_;
};

}  // namespace posthorn::store
