#include "imap-gateway/testing/fake_store.h"

#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "common/rpc/credentials.h"
#include "common/rpc/status.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

using v1::ErrorDetail;

constexpr std::size_t kFrameOctets = 64 * 1024;

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
    if (count > 0) {
      *response->mutable_uids() = ToProto({{1, count}});
    }
    return grpc::Status::OK;
  }

  grpc::Status SyncMailbox(grpc::ServerContext*, const v1::SyncMailboxRequest* request,
                           v1::SyncMailboxResponse* response) override {
    if (store_.away) {
      return Away();
    }
    response->set_highest_modseq(request->since_modseq());
    response->set_uidnext(request->known_uidnext());
    if (store_.short_lived.exchange(false)) {
      const std::uint32_t uid = request->known_uidnext();
      AddFlags(uid, 0, response->mutable_changed());
      *response->mutable_vanished() = ToProto({{uid, uid}});
      response->set_uidnext(uid + 1);
    }
    if (request->since_modseq() < store_.modseq_) {
      response->set_highest_modseq(store_.modseq_);
      for (const std::uint32_t uid : {1, 2}) {
        const std::uint32_t own = uid == 1 ? store_.stored_flags_.load() : 0;
        AddFlags(uid, own | store_.flags_with_store, response->mutable_changed());
      }
    }
    return grpc::Status::OK;
  }

  grpc::Status StoreFlags(grpc::ServerContext*, const v1::StoreFlagsRequest* request,
                          v1::StoreFlagsResponse* response) override {
    store_.stored_flags_ = request->flags();
    store_.modseq_ = 1;
    AddFlags(1, request->flags(), response->mutable_state());
    response->add_modseqs_before(0);
    return grpc::Status::OK;
  }

  void AddFlags(std::uint32_t uid, std::uint32_t flags, v1::FlagColumns* columns) {
    columns->add_uids(uid);
    columns->add_flags(flags);
    columns->add_keywords(0);
    columns->add_modseqs(store_.modseq_);
  }

  grpc::Status Search(grpc::ServerContext*, const v1::SearchRequest*,
                      v1::SearchResponse*) override {
    while (store_.hold_search) {
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
    ++store_.appends_committed;
    response->set_uidvalidity(5);
    response->set_uid(9);
    return grpc::Status::OK;
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

FakeStore::FakeStore(testing_support::Authority& authority, std::vector<std::string> messages)
    : messages_(std::move(messages)),
      auth_(std::make_unique<AuthService>(*this)),
      mailbox_(std::make_unique<MailboxService>(*this)),
      message_(std::make_unique<MessageService>(*this)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", rpc::ServerCredentials(authority.Issue("mailstore")),
                           &port_);
  builder.RegisterService(auth_.get());
  builder.RegisterService(mailbox_.get());
  builder.RegisterService(message_.get());
  server_ = builder.BuildAndStart();
}

FakeStore::~FakeStore() { server_->Shutdown(std::chrono::system_clock::now()); }

}  // namespace posthorn::imap
