#include "pop3-gateway/testing/fake_store.h"

#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/rpc/credentials.h"
#include "common/rpc/status.h"
#include "common/testing/child_state.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

using absl::StatusCode;
using v1::ErrorDetail;

constexpr size_t kFrameOctets = 64 * 1024;
// For what a gateway does by itself.
constexpr std::chrono::seconds kPatience{60};

grpc::Status Error(StatusCode code, ErrorDetail::Reason reason) {
  return rpc::ToGrpc(rpc::MakeError(code, reason, "as the test wants it"));
}

std::vector<uint32_t> UidsOf(const v1::UidSet& set) {
  std::vector<uint32_t> uids;
  uint32_t uid = 0;
  for (int i = 0; i + 1 < set.runs_size(); i += 2) {
    uid += set.runs(i);
    uids.push_back(uid);
    for (uint32_t more = set.runs(i + 1); more > 0; --more) {
      uids.push_back(++uid);
    }
  }
  return uids;
}

}  // namespace

// Frames one by one, or many to a message when the caller takes them so.
class FakeStore::Sender {
 public:
  Sender(grpc::ServerWriter<v1::BodyFrame>& writer, bool packed)
      : writer_(writer), packed_(packed) {}

  bool Send(const v1::BodyFrame& frame) {
    if (!packed_) {
      return writer_.Write(frame);
    }
    *pack_.add_packed() = frame;
    octets_ += frame.data().size();
    return octets_ < kFrameOctets || Flush();
  }
  bool Flush() {
    const bool written = pack_.packed().empty() || writer_.Write(pack_);
    pack_.Clear();
    octets_ = 0;
    return written;
  }

 private:
  grpc::ServerWriter<v1::BodyFrame>& writer_;
  const bool packed_;
  v1::BodyFrame pack_;
  size_t octets_ = 0;
};

class FakeStore::AuthService final : public v1::Auth::Service {
 public:
  grpc::Status Authenticate(grpc::ServerContext*, const v1::AuthenticateRequest* request,
                            v1::AuthenticateResponse* response) override {
    const std::string plain = std::string("\0alice@example.org\0secret", 25);
    if (request->mechanism() == "PLAIN" && request->responses_size() == 0) {
      response->set_challenge("");
      return grpc::Status::OK;
    }
    if (request->mechanism() == "LOGIN" && request->responses_size() < 2) {
      response->set_challenge(request->responses_size() == 0 ? "Username:" : "Password:");
      return grpc::Status::OK;
    }
    if (request->mechanism() != "PLAIN" && request->mechanism() != "LOGIN") {
      return Error(StatusCode::kInvalidArgument, ErrorDetail::REASON_MECHANISM_UNKNOWN);
    }
    const bool right =
        request->mechanism() == "PLAIN"
            ? request->responses(0) == plain
            : request->responses(0) == "alice@example.org" && request->responses(1) == "secret";
    if (!right) {
      return Error(StatusCode::kUnauthenticated, ErrorDetail::REASON_BAD_CREDENTIALS);
    }
    response->mutable_grant()->set_ticket("ticket");
    response->mutable_grant()->set_account_id(7);
    response->mutable_grant()->set_address("alice@example.org");
    response->mutable_grant()->set_expires_at_unix_seconds(int64_t{1} << 40);
    return grpc::Status::OK;
  }
};

class FakeStore::MaildropService final : public v1::Maildrop::Service {
 public:
  explicit MaildropService(FakeStore& store) : store_(store) {}

  grpc::Status LockMaildrop(grpc::ServerContext*, const v1::LockMaildropRequest*,
                            v1::LockMaildropResponse* response) override {
    if (store_.in_use) {
      return Error(StatusCode::kFailedPrecondition, ErrorDetail::REASON_MAILDROP_IN_USE);
    }
    response->mutable_mailbox()->set_mailbox_id(1);
    response->set_uidvalidity(0xabcd);
    response->set_lease_seconds(store_.lease_seconds);
    for (size_t i = 0; i < store_.messages_.size(); ++i) {
      response->add_uids(static_cast<uint32_t>(i + 1));
      response->add_sizes(store_.messages_[i].size());
    }
    return grpc::Status::OK;
  }

  grpc::Status RenewMaildrop(grpc::ServerContext*, const v1::RenewMaildropRequest*,
                             v1::RenewMaildropResponse* response) override {
    if (store_.lose_lock) {
      return Error(StatusCode::kFailedPrecondition, ErrorDetail::REASON_MAILDROP_LOST);
    }
    response->set_lease_seconds(store_.lease_seconds);
    const std::lock_guard lock(store_.mutex_);
    ++store_.renewals;
    store_.changed_.notify_all();
    return grpc::Status::OK;
  }

  grpc::Status ReleaseMaildrop(grpc::ServerContext*, const v1::ReleaseMaildropRequest* request,
                               v1::ReleaseMaildropResponse* response) override {
    const std::vector<uint32_t> uids = UidsOf(request->delete_uids());
    if (store_.refuse_release && !uids.empty()) {
      return Error(StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE);
    }
    response->set_deleted(static_cast<uint32_t>(uids.size()));
    const std::lock_guard lock(store_.mutex_);
    store_.released_ = true;
    store_.deleted_ = uids;
    store_.changed_.notify_all();
    return grpc::Status::OK;
  }

 private:
  FakeStore& store_;
};

class FakeStore::MessageService final : public v1::Message::Service {
 public:
  explicit MessageService(FakeStore& store) : store_(store) {}

  grpc::Status FetchBody(grpc::ServerContext* context, const v1::FetchBodyRequest* request,
                         grpc::ServerWriter<v1::BodyFrame>* writer) override {
    ++store_.fetches;
    const grpc::Status status = store_.Fetch(*request, *context, *writer);
    if (context->IsCancelled()) {
      ++store_.fetches_cancelled;
    }
    return status;
  }

 private:
  FakeStore& store_;
};

grpc::Status FakeStore::Fetch(const v1::FetchBodyRequest& request, grpc::ServerContext& context,
                              grpc::ServerWriter<v1::BodyFrame>& writer) {
  if (store_away && cuts == 0) {
    return Error(StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE);
  }
  std::vector<v1::BodyRange> ranges(request.ranges().begin(), request.ranges().end());
  for (const uint32_t uid : UidsOf(request.uids())) {
    v1::BodyRange range;
    range.set_uid(uid);
    range.set_section(request.section());
    ranges.push_back(range);
  }
  Sender sender(writer, request.packed());
  for (const v1::BodyRange& range : ranges) {
    const grpc::Status status = SendRange(range, context, sender);
    if (!status.ok()) {
      sender.Flush();
      return status;
    }
  }
  return sender.Flush() ? grpc::Status::OK : grpc::Status::CANCELLED;
}

grpc::Status FakeStore::SendRange(const v1::BodyRange& range, grpc::ServerContext& context,
                                  Sender& sender) {
  v1::BodyFrame frame;
  frame.set_uid(range.uid());
  if (range.uid() == gone_uid) {
    frame.set_gone(true);
    frame.set_last(true);
    return sender.Send(frame) ? grpc::Status::OK : grpc::Status::CANCELLED;
  }
  std::string octets = messages_[range.uid() - 1];
  if (range.section() == v1::BODY_SECTION_HEADER) {
    octets.resize(std::min(octets.size(), octets.find("\r\n\r\n") + 4));
  }
  octets.erase(0, range.offset());
  frame.set_total(octets.size());
  size_t at = 0;
  do {
    frame.set_data(octets.substr(at, kFrameOctets));
    at += frame.data().size();
    frame.set_last(at == octets.size());
    if (!frame.last() && at > kFrameOctets && cuts > 0) {
      --cuts;
      if (store_away) {
        return Error(StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE);
      }
      return {grpc::StatusCode::UNAVAILABLE, "the replica is killed"};
    }
    if (context.IsCancelled() || !sender.Send(frame)) {
      return grpc::Status::CANCELLED;
    }
    frame.Clear();
  } while (at < octets.size());
  return grpc::Status::OK;
}

FakeStore::FakeStore(testing_support::Authority& authority, std::vector<std::string> messages)
    : messages_(std::move(messages)),
      auth_(std::make_unique<AuthService>()),
      maildrop_(std::make_unique<MaildropService>(*this)),
      message_(std::make_unique<MessageService>(*this)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", rpc::ServerCredentials(authority.Issue("mailstore")),
                           &port_);
  builder.RegisterService(auth_.get());
  builder.RegisterService(maildrop_.get());
  builder.RegisterService(message_.get());
  server_ = builder.BuildAndStart();
}

FakeStore::~FakeStore() { server_->Shutdown(std::chrono::system_clock::now()); }

std::vector<uint32_t> FakeStore::AwaitRelease() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [this] { return released_; })) {
    ADD_FAILURE() << "the maildrop is not released" << testing_support::DescribeChildren();
  }
  return deleted_;
}

void FakeStore::AwaitRenewals(int count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [this, count] { return renewals >= count; })) {
    ADD_FAILURE() << renewals << " renewals, not " << count << testing_support::DescribeChildren();
  }
}

}  // namespace posthorn::pop3
