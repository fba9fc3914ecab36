#include "mailstore/changes/changes_service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>
#include <utility>
#include <vector>

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

std::vector<MailboxKey> Keys(const google::protobuf::RepeatedPtrField<v1::WatchKey>& keys) {
  std::vector<MailboxKey> mailboxes;
  for (const v1::WatchKey& key : keys) {
    mailboxes.push_back(
        {AccountId(key.account_id()), MailboxId(static_cast<int32_t>(key.mailbox_id()))});
  }
  return mailboxes;
}

}  // namespace

grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>* ChangesService::Watch(
    grpc::CallbackServerContext*) {
  const asio::any_io_executor executor = runtime_.Next().get_executor();
  auto watcher = std::make_shared<Watcher>(executor);
  hub_.Watch(watcher, {});
  auto* stream = new Stream(executor, [watcher] { Watcher::Close(watcher); });
  auto* reactor = stream->Run(WriteChanges(*stream, watcher));
  asio::co_spawn(executor, ReadRequests(*stream, watcher), asio::detached);
  return reactor;
}

asio::awaitable<absl::Status> ChangesService::WriteChanges(Stream& stream,
                                                           std::shared_ptr<Watcher> watcher) {
  v1::WatchResponse response;
  for (;;) {
    const Watcher::Batch batch = co_await watcher->Next();
    if (batch.closed) {
      break;
    }
    response.Clear();
    response.set_resync(batch.resync);
    for (const MailboxChange& change : batch.changes) {
      v1::Change* out = response.add_changes();
      out->set_account_id(change.mailbox.account.value());
      out->set_mailbox_id(static_cast<uint32_t>(change.mailbox.mailbox.value()));
      out->set_modseq(static_cast<uint64_t>(change.modseq.value()));
    }
    if (!co_await stream.Write(response)) {
      break;
    }
  }
  hub_.Leave(watcher);
  co_return absl::OkStatus();
}

asio::awaitable<void> ChangesService::ReadRequests(Stream& stream,
                                                   std::shared_ptr<Watcher> watcher) {
  v1::WatchRequest request;
  // After a read that failed the stream may be gone already.
  while (co_await stream.Read(&request)) {
    hub_.Unwatch(watcher, Keys(request.remove()));
    hub_.Watch(watcher, Keys(request.add()));
  }
  Watcher::Close(watcher);
}

}  // namespace posthorn::store
