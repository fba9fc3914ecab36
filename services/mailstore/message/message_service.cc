#include "mailstore/message/message_service.h"

#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

grpc::ServerUnaryReactor* MessageService::OpenMailbox(grpc::CallbackServerContext* context,
                                                      const v1::OpenMailboxRequest* request,
                                                      v1::OpenMailboxResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoOpenMailbox(*request, *response));
}

grpc::ServerUnaryReactor* MessageService::SyncMailbox(grpc::CallbackServerContext* context,
                                                      const v1::SyncMailboxRequest* request,
                                                      v1::SyncMailboxResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoSyncMailbox(*request, *response));
}

grpc::ServerWriteReactor<v1::FetchMetadataBlock>* MessageService::FetchMetadata(
    grpc::CallbackServerContext*, const v1::FetchMetadataRequest* request) {
  auto* stream = new MetadataStream(Executor());
  return stream->Run(rpc::Logged(*request, DoFetchMetadata(*request, *stream)));
}

grpc::ServerWriteReactor<v1::BodyFrame>* MessageService::FetchBody(
    grpc::CallbackServerContext*, const v1::FetchBodyRequest* request) {
  auto* stream = new BodyStream(Executor());
  return stream->Run(rpc::Logged(*request, DoFetchBody(*request, *stream)));
}

grpc::ServerReadReactor<v1::AppendRequest>* MessageService::Append(grpc::CallbackServerContext*,
                                                                   v1::AppendResponse* response) {
  auto* stream = new AppendStream(Executor());
  return stream->Run(DoAppend(*stream, *response));
}

grpc::ServerUnaryReactor* MessageService::StoreFlags(grpc::CallbackServerContext* context,
                                                     const v1::StoreFlagsRequest* request,
                                                     v1::StoreFlagsResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoStoreFlags(*request, *response));
}

grpc::ServerUnaryReactor* MessageService::CopyMessages(grpc::CallbackServerContext* context,
                                                       const v1::CopyMessagesRequest* request,
                                                       v1::CopyMessagesResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoCopyMessages(*request, *response));
}

grpc::ServerUnaryReactor* MessageService::Expunge(grpc::CallbackServerContext* context,
                                                  const v1::ExpungeRequest* request,
                                                  v1::ExpungeResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoExpunge(*request, *response));
}

grpc::ServerUnaryReactor* MessageService::Search(grpc::CallbackServerContext* context,
                                                 const v1::SearchRequest* request,
                                                 v1::SearchResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoSearch(*request, *response));
}

absl::StatusOr<MailboxKey> MessageService::Authorize(const v1::Caller& caller,
                                                     const v1::MailboxRef& mailbox) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, caller);
  if (!account.ok()) {
    return account.status();
  }
  return CheckMailbox(*account, mailbox);
}

asio::awaitable<absl::StatusOr<std::shared_ptr<MailboxIndex>>> MessageService::Index(
    MailboxKey mailbox) {
  auto get = [this,
              mailbox](Connection& connection) -> absl::StatusOr<std::shared_ptr<MailboxIndex>> {
    std::shared_ptr<MailboxIndex> index = store_.indexes().Get(connection, mailbox);
    if (index == nullptr) {
      return NoSuchMailbox();
    }
    return index;
  };
  co_return co_await store_.reads().Run(std::move(get));
}

asio::awaitable<absl::StatusOr<MailboxKey>> MessageService::FindByName(AccountId account,
                                                                       std::string name) {
  if (name == "INBOX") {
    co_return MailboxKey{account, kInbox};
  }
  auto find = [account, name](Connection& connection) -> absl::StatusOr<MailboxKey> {
    const auto state = LoadMailboxByName(connection, account, name);
    if (!state.has_value()) {
      return NoSuchMailbox();
    }
    return state->key;
  };
  co_return co_await store_.reads().Run(std::move(find));
}

}  // namespace posthorn::store
