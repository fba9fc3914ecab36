// Service Outbound over a queue in memory: one site, each message with one recipient. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "posthorn/v1/outbound.grpc.pb.h"

namespace posthorn::relay {

class FakeOutbound final : public v1::Outbound::Service {
 public:
  // Messages 1 to count.
  void Fill(uint64_t count, const std::string& body, const v1::Route& route = {}) {
    const std::lock_guard lock(mutex_);
    last_ = count;
    body_ = body;
    route_ = route;
    changed_.notify_all();
  }
  void AwaitSettled(uint64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return settled_.size() >= count; });
  }
  void AwaitClaims(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return claiming_ >= count; });
  }
  std::map<uint64_t, v1::AttemptResult::Outcome> settled() {
    const std::lock_guard lock(mutex_);
    return settled_;
  }
  std::map<std::string, int> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  // FetchQueued ends so after the first piece.
  void BreakBodies(const grpc::Status& status) { break_ = status; }

  grpc::Status ClaimWork(grpc::ServerContext* context, const v1::ClaimWorkRequest* request,
                         v1::ClaimWorkResponse* response) override {
    std::unique_lock lock(mutex_);
    ++calls_["ClaimWork"];
    ++claiming_;
    changed_.notify_all();
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(request->wait_milliseconds());
    while (next_ > last_ && !context->IsCancelled() && std::chrono::steady_clock::now() < until) {
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    --claiming_;
    Give(request->max_recipients(), response->mutable_work());
    return grpc::Status::OK;
  }
  grpc::Status RenewWork(grpc::ServerContext*, const v1::RenewWorkRequest* request,
                         v1::RenewWorkResponse* response) override {
    response->set_slot_held(true);
    for (const auto& lease : request->leases()) {
      response->add_recipient_ids(lease.recipient_id());
    }
    return grpc::Status::OK;
  }
  grpc::Status NoteDataSent(grpc::ServerContext*, const v1::NoteDataSentRequest* request,
                            v1::NoteDataSentResponse*) override {
    const std::lock_guard lock(mutex_);
    ++calls_["NoteDataSent"];
    for (const auto& lease : request->leases()) {
      if (lease.lease_epoch() != kEpoch) {
        return {grpc::StatusCode::ABORTED, "a lease is lost"};
      }
    }
    return grpc::Status::OK;
  }
  grpc::Status FinishWork(grpc::ServerContext*, const v1::FinishWorkRequest* request,
                          v1::FinishWorkResponse* response) override {
    const std::lock_guard lock(mutex_);
    ++calls_["FinishWork"];
    for (const auto& result : request->results()) {
      settled_[result.lease().recipient_id()] = result.outcome();
    }
    if (request->more_recipients() > 0) {
      Give(request->more_recipients(), response->mutable_work());
    }
    changed_.notify_all();
    return grpc::Status::OK;
  }
  grpc::Status FetchQueued(grpc::ServerContext*, const v1::FetchQueuedRequest*,
                           grpc::ServerWriter<v1::FetchQueuedResponse>* writer) override {
    v1::FetchQueuedResponse response;
    for (size_t i = 0; i < body_.size(); i += kPiece) {
      response.set_data(body_.substr(i, kPiece));
      writer->Write(response);
      if (!break_.ok()) {
        return break_;
      }
    }
    return break_;
  }

  static constexpr uint64_t kEpoch = 3;

 private:
  static constexpr size_t kPiece = 256 * 1024;

  void Give(uint64_t most, v1::Work* work) {
    if (next_ > last_) {
      return;
    }
    work->mutable_slot()->set_site("example.net");
    work->mutable_slot()->set_lease_milliseconds(60'000);
    if (!route_.host().empty()) {
      *work->mutable_route() = route_;
    }
    for (; most > 0 && next_ <= last_; --most, ++next_) {
      auto& message = *work->add_messages();
      message.set_message_id(next_);
      message.set_size(body_.size());
      auto& recipient = *work->add_recipients();
      recipient.set_message_id(next_);
      recipient.set_recipient_id(next_);
      recipient.set_lease_epoch(kEpoch);
      recipient.set_reverse_path("alice@example.org");
      recipient.set_forward_path("bob@example.net");
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int claiming_ = 0;
  uint64_t next_ = 1;
  uint64_t last_ = 0;
  std::string body_;
  v1::Route route_;
  grpc::Status break_;
  std::map<uint64_t, v1::AttemptResult::Outcome> settled_;
  std::map<std::string, int> calls_;
};

}  // namespace posthorn::relay
