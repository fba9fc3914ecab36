#include "imap-gateway/testing/fake_store.h"

#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/credentials.h"
#include "common/rpc/status.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

using v1::ErrorDetail;

constexpr std::size_t kFrameOctets = 64 * 1024;
constexpr int kMessagesOfAPart = 2;

grpc::Status Error(absl::StatusCode code, ErrorDetail::Reason reason) {
  return rpc::ToGrpc(rpc::MakeError(code, reason, "as the test wants it"));
}

grpc::Status Away() {
  return Error(absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE);
}

}  // namespace

class FakeStore::AuthService final : public v1::Auth::Service {
 public:
  explicit AuthService(FakeStore& store) : store_(store) {}

  grpc::Status Authenticate(grpc::ServerContext*, const v1::AuthenticateRequest* request,
                            v1::AuthenticateResponse* response) override {
    if (store_.away) {
      return Away();
    }
    const std::string right("\0alice@example.org\0secret", 25);
    if (request->responses_size() != 1 || request->responses(0) != right) {
      return Error(absl::StatusCode::kUnauthenticated, ErrorDetail::REASON_BAD_CREDENTIALS);
    }
    response->mutable_grant()->set_ticket("ticket");
    response->mutable_grant()->set_account_id(7);
    response->mutable_grant()->set_expires_at_unix_seconds(std::int64_t{1} << 40);
    if (store_.hide_inprogress) {
      response->mutable_grant()->add_hidden_capabilities("INPROGRESS");
    }
    return grpc::Status::OK;
  }

 private:
  FakeStore& store_;
};

class FakeStore::MailboxService final : public v1::Mailbox::Service {
 public:
  explicit MailboxService(FakeStore& store) : store_(store) {}

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse*) override {
    if (store_.away) {
      return Away();
    }
    return request->name() == "INBOX"
               ? grpc::Status::OK
               : Error(absl::StatusCode::kNotFound, ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  }

  grpc::Status ListMailboxes(grpc::ServerContext*, const v1::ListMailboxesRequest*,
                             v1::ListMailboxesResponse* response) override {
    for (int i = 0; i <= store_.listed_mailboxes; ++i) {
      v1::MailboxEntry* entry = response->add_mailboxes();
      entry->set_name(i == 0 ? "INBOX" : absl::StrCat("m", i));
      entry->set_account_id(7);
      entry->set_mailbox_id(static_cast<std::uint32_t>(i) + 1);
    }
    return grpc::Status::OK;
  }

 private:
  FakeStore& store_;
};

class FakeStore::MessageService final : public v1::Message::Service {
 public:
  explicit MessageService(FakeStore& store) : store_(store) {}

  grpc::Status OpenMailbox(grpc::ServerContext*, const v1::OpenMailboxRequest*,
                           v1::OpenMailboxResponse* response) override {
    if (store_.away) {
      return Away();
    }
    const auto count = static_cast<std::uint32_t>(store_.messages_.size());
    response->set_rights("lrswipkxtea");
    response->mutable_mailbox()->set_account_id(7);
    response->mutable_mailbox()->set_mailbox_id(1);
    response->mutable_counters()->set_uidvalidity(5);
    response->mutable_counters()->set_uidnext(count + 1);
    const std::lock_guard lock(store_.mutex_);
    response->mutable_counters()->set_highest_modseq(store_.flagged_modseq_);
    if (count > 0) {
      *response->mutable_uids() = ToProto({{1, count}});
    }
    return grpc::Status::OK;
  }

  grpc::Status SyncMailbox(grpc::ServerContext*, const v1::SyncMailboxRequest* request,
                           v1::SyncMailboxResponse* response) override {
    if (store_.away || (store_.away_for_parts && request->after_uid() != 0)) {
      return Away();
    }
    ++store_.syncs;
    response->set_highest_modseq(request->since_modseq());
    response->set_uidnext(request->known_uidnext());
    if (store_.short_lived.exchange(false)) {
      const std::uint32_t uid = request->known_uidnext();
      *response->mutable_arrived() = ToProto({{uid, uid}});
      *response->mutable_vanished() = ToProto({{uid, uid}});
      response->set_uidnext(uid + 1);
    }
    AddChanges(request->since_modseq(), response);
    AddFlagged(*request, response);
    if (const std::uint32_t uid = store_.change_after_part.exchange(0); uid != 0) {
      store_.ChangeFlags(uid, uid);
    }
    return grpc::Status::OK;
  }

  grpc::Status StoreFlags(grpc::ServerContext*, const v1::StoreFlagsRequest* request,
                          v1::StoreFlagsResponse* response) override {
    store_.stored_flags_ = request->flags();
    store_.modseq_ = store_.flags_before_store != 0 ? 2 : 1;
    AddFlags(1, request->flags(), store_.modseq_, response->mutable_state());
    response->add_modseqs_before(0);
    return grpc::Status::OK;
  }

  // Each call that changes something has a MODSEQ of its own.
  void AddChanges(std::uint64_t since, v1::SyncMailboxResponse* response) {
    const std::uint64_t own = store_.modseq_;
    const std::uint32_t after = store_.flags_after_store;
    const std::uint64_t highest = own + (own != 0 && after != 0 ? 1 : 0);
    if (since >= highest) {
      return;
    }
    response->set_highest_modseq(highest);
    AddFlags(1, store_.stored_flags_ | after, highest, response->mutable_changed());
    if (after != 0) {
      AddFlags(2, after, highest, response->mutable_changed());
    } else if (store_.flags_before_store != 0 && since < 1) {
      AddFlags(2, store_.flags_before_store, 1, response->mutable_changed());
    }
  }

  // As mailstore does it, in smaller parts.
  void AddFlagged(const v1::SyncMailboxRequest& request, v1::SyncMailboxResponse* response) {
    const std::uint64_t until = request.until_modseq() == 0 ? UINT64_MAX : request.until_modseq();
    const std::lock_guard lock(store_.mutex_);
    response->set_highest_modseq(std::max(response->highest_modseq(), store_.flagged_modseq_));
    for (const auto& [uid, modseq] : store_.flagged_) {
      if (uid <= request.after_uid() || modseq <= request.since_modseq() || modseq > until) {
        continue;
      }
      if (response->changed().uids_size() == kMessagesOfAPart) {
        response->set_more(true);
        break;
      }
      AddFlags(uid, v1::FLAG_FLAGGED, modseq, response->mutable_changed());
    }
  }

  void AddFlags(std::uint32_t uid, std::uint32_t flags, std::uint64_t modseq,
                v1::FlagColumns* columns) {
    columns->add_uids(uid);
    columns->add_flags(flags);
    columns->add_keywords(0);
    columns->add_modseqs(modseq);
  }

  grpc::Status Search(grpc::ServerContext* context, const v1::SearchRequest*,
                      v1::SearchResponse*) override {
    return AwaitSearch(*context);
  }

  grpc::Status Thread(grpc::ServerContext* context, const v1::ThreadRequest*,
                      v1::ThreadResponse*) override {
    return AwaitSearch(*context);
  }

  grpc::Status AwaitSearch(const grpc::ServerContext& context) {
    ++store_.searches_begun;
    std::this_thread::sleep_for(std::chrono::milliseconds(store_.search_milliseconds));
    while (store_.hold_search) {
      if (context.IsCancelled()) {
        ++store_.searches_cancelled;
        return grpc::Status::CANCELLED;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return grpc::Status::OK;
  }

  grpc::Status FetchMetadata(grpc::ServerContext*, const v1::FetchMetadataRequest* request,
                             grpc::ServerWriter<v1::FetchMetadataBlock>* writer) override {
    if (store_.away) {
      return Away();
    }
    v1::FetchMetadataBlock block;
    for (const NumberRange& range : FromProto(request->uids())) {
      for (std::uint32_t uid = range.first; uid <= range.last; ++uid) {
        block.mutable_flags()->add_uids(uid);
        block.mutable_flags()->add_flags(1);
        block.mutable_flags()->add_keywords(0);
        block.mutable_flags()->add_modseqs(1);
        if (request->size()) {
          block.add_sizes(store_.messages_[uid - 1].size());
        }
      }
    }
    writer->Write(block);
    return grpc::Status::OK;
  }

  grpc::Status FetchBody(grpc::ServerContext*, const v1::FetchBodyRequest* request,
                         grpc::ServerWriter<v1::BodyFrame>* writer) override {
    for (const v1::BodyRange& range : request->ranges()) {
      if (const grpc::Status status = SendRange(range, *writer); !status.ok()) {
        return status;
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status Append(grpc::ServerContext* context, grpc::ServerReader<v1::AppendRequest>* reader,
                      v1::AppendResponse* response) override {
    v1::AppendRequest request;
    if (!reader->Read(&request)) {
      return grpc::Status::CANCELLED;
    }
    const std::string key = request.start().idempotency_key();
    if (store_.refuse_append != 0) {
      return Error(absl::StatusCode::kResourceExhausted,
                   static_cast<ErrorDetail::Reason>(store_.refuse_append.load()));
    }
    context->AddInitialMetadata("accepted", "1");
    reader->SendInitialMetadata();
    bool last = false;
    while (!last && reader->Read(&request)) {
      store_.appended_octets += static_cast<int>(request.data().size());
      last = request.last();
      if (store_.refuse_append_late != 0 && !request.data().empty()) {
        return Error(absl::StatusCode::kResourceExhausted,
                     static_cast<ErrorDetail::Reason>(store_.refuse_append_late.load()));
      }
    }
    if (!last) {
      return grpc::Status::CANCELLED;
    }
    const grpc::Status killed(grpc::StatusCode::UNAVAILABLE, "the replica is killed");
    if (store_.lose_append) {
      return killed;
    }
    ++store_.appends_committed;
    {
      const std::lock_guard lock(store_.mutex_);
      store_.committed_.insert(key);
    }
    FillAppended(response);
    return store_.lose_answer ? killed : grpc::Status::OK;
  }

  grpc::Status SettleAppend(grpc::ServerContext*, const v1::SettleAppendRequest* request,
                            v1::SettleAppendResponse* response) override {
    if (store_.refuse_settle != 0) {
      return Error(absl::StatusCode::kPermissionDenied,
                   static_cast<ErrorDetail::Reason>(store_.refuse_settle.load()));
    }
    if (store_.settles_away > 0) {
      --store_.settles_away;
      return Away();
    }
    const std::lock_guard lock(store_.mutex_);
    if (request->mailbox() == "INBOX" && store_.committed_.contains(request->idempotency_key())) {
      FillAppended(response->mutable_appended());
    }
    return grpc::Status::OK;
  }

  static void FillAppended(v1::AppendResponse* response) {
    response->set_uidvalidity(5);
    response->set_uid(9);
  }

 private:
  grpc::Status SendRange(const v1::BodyRange& range, grpc::ServerWriter<v1::BodyFrame>& writer) {
    if (store_.away) {
      return Away();
    }
    v1::BodyFrame frame;
    frame.set_uid(range.uid());
    if (range.uid() == store_.gone_uid) {
      frame.set_gone(true);
      frame.set_last(true);
      writer.Write(frame);
      return grpc::Status::OK;
    }
    if (range.uid() == store_.unreadable_uid) {
      return {grpc::StatusCode::DATA_LOSS, "chunk missing"};
    }
    std::string octets = store_.messages_[range.uid() - 1];
    octets.erase(0, std::min<std::size_t>(octets.size(), range.offset()));
    if (range.length() > 0) {
      octets.resize(std::min<std::size_t>(octets.size(), range.length()));
    }
    frame.set_total(octets.size());
    std::size_t at = 0;
    do {
      frame.set_data(octets.substr(at, kFrameOctets));
      at += frame.data().size();
      frame.set_last(at == octets.size());
      if (!frame.last() && at > kFrameOctets && store_.cuts > 0) {
        --store_.cuts;
        store_.away = store_.away_with_cut.load();
        return {grpc::StatusCode::UNAVAILABLE, "the replica is killed"};
      }
      writer.Write(frame);
      frame.Clear();
    } while (at < octets.size());
    return grpc::Status::OK;
  }

  FakeStore& store_;
};

// Has nothing to tell.
class FakeStore::ChangesService final : public v1::Changes::Service {
 public:
  grpc::Status Watch(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::WatchResponse, v1::WatchRequest>* stream) override {
    v1::WatchRequest request;
    while (stream->Read(&request)) {
    }
    return grpc::Status::OK;
  }
};

FakeStore::FakeStore(testing_support::Authority& authority, std::vector<std::string> messages)
    : messages_(std::move(messages)),
      auth_(std::make_unique<AuthService>(*this)),
      mailbox_(std::make_unique<MailboxService>(*this)),
      message_(std::make_unique<MessageService>(*this)),
      changes_(std::make_unique<ChangesService>()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", rpc::ServerCredentials(authority.Issue("mailstore")),
                           &port_);
  builder.RegisterService(auth_.get());
  builder.RegisterService(mailbox_.get());
  builder.RegisterService(message_.get());
  builder.RegisterService(changes_.get());
  server_ = builder.BuildAndStart();
}

void FakeStore::ChangeFlags(std::uint32_t first, std::uint32_t last) {
  const std::lock_guard lock(mutex_);
  ++flagged_modseq_;
  for (std::uint32_t uid = first; uid <= last; ++uid) {
    flagged_[uid] = flagged_modseq_;
  }
}

FakeStore::~FakeStore() { server_->Shutdown(std::chrono::system_clock::now()); }

}  // namespace posthorn::imap
