#include "mailstore/changes/changes_service.h"

#include <memory>
#include <utility>
#include <vector>

#include "mailstore/message/columns_proto.h"

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
  const auto stream = std::make_shared<Stream>(executor, [watcher] { Watcher::Close(watcher); });
  return stream->Run(WriteChanges(*stream, watcher), ReadRequests(*stream, watcher));
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
      if (change.since != ModSeq(0)) {
        out->set_since_modseq(static_cast<uint64_t>(change.since.value()));
        for (const MessageRow& row : change.changed) {
          AddRow(row, out->mutable_changed());
        }
      }
    }
    if (!co_await stream.Write(response)) {
      break;
    }
  }
  co_return absl::OkStatus();
}

asio::awaitable<void> ChangesService::ReadRequests(Stream& stream,
                                                   std::shared_ptr<Watcher> watcher) {
  v1::WatchRequest request;
  while (co_await stream.Read(&request)) {
    hub_.Unwatch(watcher, Keys(request.remove()));
    hub_.Watch(watcher, Keys(request.add()));
  }
  hub_.Leave(watcher);
  Watcher::Close(watcher);
}

}  // namespace posthorn::store
