#include "mailstore/message/message_service.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"

namespace posthorn::store {

namespace asio = boost::asio;

void MessageService::Serve(rpc::LinkMethods& methods) {
  methods.Add<v1::Message>(this, &MessageService::DoOpenMailbox);
  methods.Add<v1::Message>(this, &MessageService::DoSyncMailbox);
  methods.AddStream<v1::Message>(this, &MessageService::DoFetchMetadata);
  methods.AddStream<v1::Message>(this, &MessageService::DoFetchBody);
  methods.Add<v1::Message>(this, &MessageService::DoAppendWhole);
  methods.Add<v1::Message>(this, &MessageService::DoSettleAppend);
  methods.Add<v1::Message>(this, &MessageService::DoStoreFlags);
  methods.Add<v1::Message>(this, &MessageService::DoCopyMessages);
  methods.Add<v1::Message>(this, &MessageService::DoExpunge);
  methods.Add<v1::Message>(this, &MessageService::DoSearch);
  methods.Add<v1::Message>(this, &MessageService::DoThread);
}

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
  auto* stream = new rpc::ServerWriter<v1::FetchMetadataBlock>(Executor());
  return stream->Run(rpc::Logged(*request, DoFetchMetadata(*request, *stream)));
}

grpc::ServerWriteReactor<v1::BodyFrame>* MessageService::FetchBody(
    grpc::CallbackServerContext*, const v1::FetchBodyRequest* request) {
  auto* stream = new rpc::ServerWriter<v1::BodyFrame>(Executor());
  return stream->Run(rpc::Logged(*request, DoFetchBody(*request, *stream)));
}

grpc::ServerReadReactor<v1::AppendRequest>* MessageService::Append(
    grpc::CallbackServerContext* context, v1::AppendResponse* response) {
  auto* stream = new AppendStream(Executor());
  return stream->Run(DoAppend(*context, *stream, *response));
}

grpc::ServerUnaryReactor* MessageService::SettleAppend(grpc::CallbackServerContext* context,
                                                       const v1::SettleAppendRequest* request,
                                                       v1::SettleAppendResponse* response) {
  return rpc::RunUnary(Executor(), context, *request, DoSettleAppend(*request, *response));
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
  return rpc::RunCancellable(Executor(), context, *request,
                             [=, this](const rpc::Cancellation& cancellation) {
                               return DoSearch(cancellation, *request, *response);
                             });
}

grpc::ServerUnaryReactor* MessageService::Thread(grpc::CallbackServerContext* context,
                                                 const v1::ThreadRequest* request,
                                                 v1::ThreadResponse* response) {
  return rpc::RunCancellable(Executor(), context, *request,
                             [=, this](const rpc::Cancellation& cancellation) {
                               return DoThread(cancellation, *request, *response);
                             });
}

asio::awaitable<absl::StatusOr<AuthorizedMailbox>> MessageService::Authorize(
    const v1::Caller& caller, const v1::MailboxRef& mailbox, Rights needed) {
  return store::Authorize(store_.reads(), tickets_, caller, mailbox, needed);
}

asio::awaitable<absl::StatusOr<MailboxKey>> MessageService::AuthorizeRead(
    const v1::Caller& caller, const v1::MailboxRef& mailbox, const std::string& grant,
    std::vector<uint32_t> uids) {
  if (grant.empty()) {
    const auto authorized = co_await Authorize(caller, mailbox, Right::kRead);
    if (!authorized.ok()) {
      co_return authorized.status();
    }
    co_return MailboxKey(*authorized);
  }
  if (const auto account = CheckCaller(tickets_, caller); !account.ok()) {
    co_return account.status();
  }
  const absl::StatusOr<MessageGrant> granted = tickets_.CheckGrant(grant, absl::Now());
  if (!granted.ok()) {
    co_return granted.status();
  }
  const bool covers = !uids.empty() && std::all_of(uids.begin(), uids.end(), [&](uint32_t uid) {
    return uid == granted->uid.value();
  });
  if (!covers) {
    co_return rpc::MakeError(absl::StatusCode::kPermissionDenied, v1::ErrorDetail::REASON_FORBIDDEN,
                             "the grant is for another message");
  }
  co_return granted->mailbox;
}

asio::awaitable<absl::StatusOr<std::shared_ptr<MailboxIndex>>> MessageService::Index(
    MailboxKey mailbox) {
  RowReader::Found row = co_await store_.rows().Read(mailbox);
  if (!row.ok()) {
    co_return row.status();
  }
  if (!row->has_value()) {
    store_.indexes().Forget(mailbox);
    co_return NoSuchMailbox();
  }
  if (auto index = store_.indexes().Current(**row)) {
    co_return index;
  }
  auto get = [this, row = **std::move(row)](
                 Connection& connection) -> absl::StatusOr<std::shared_ptr<MailboxIndex>> {
    std::shared_ptr<MailboxIndex> index = store_.indexes().Get(connection, row);
    if (index == nullptr) {
      return NoSuchMailbox();
    }
    return index;
  };
  co_return co_await store_.reads().Run(std::move(get));
}

asio::awaitable<absl::StatusOr<AuthorizedMailbox>> MessageService::FindByName(AccountId caller,
                                                                              std::string name,
                                                                              Rights needed) {
  return AuthorizeName(store_.reads(), store_.rows(), caller, std::move(name), needed);
}

}  // namespace posthorn::store
