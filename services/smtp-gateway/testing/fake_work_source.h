// A queue in memory, for tests of workers; on one thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "smtp-gateway/relay/work_source.h"

namespace posthorn::relay {

class FakeWorkSource final : public WorkSource {
 public:
  std::deque<v1::Work> works;                // what Claim gives
  std::deque<v1::Work> more;                 // what Finish gives
  std::map<uint64_t, std::string> messages;  // by id
  std::vector<v1::FinishWorkRequest> finished;
  std::vector<v1::NoteDataSentRequest> noted;
  std::set<uint64_t> lost;  // recipients whose lease is somebody else's
  std::deque<absl::Status> finish_failures;
  std::vector<v1::RenewWorkRequest> renewed;
  std::deque<absl::Status> renew_failures;
  bool slot_held = true;
  std::map<std::string, v1::StsPolicy> policies;
  std::function<void(bool found)> on_claim = [](bool) {};
  std::function<void()> on_renew = [] {};
  std::function<void()> on_note = [] {};

  // The outcomes of all results, by recipient.
  std::map<uint64_t, v1::AttemptResult> Results() const {
    std::map<uint64_t, v1::AttemptResult> results;
    for (const auto& request : finished) {
      for (const auto& result : request.results()) {
        results[result.lease().recipient_id()] = result;
      }
    }
    return results;
  }

  asio::awaitable<absl::StatusOr<v1::ClaimWorkResponse>> Claim(
      const v1::ClaimWorkRequest&) override {
    v1::ClaimWorkResponse response;
    on_claim(!works.empty());
    if (works.empty()) {
      co_return absl::CancelledError("no more");
    }
    *response.mutable_work() = std::move(works.front());
    works.pop_front();
    co_return response;
  }
  void CancelClaims() override { works.clear(); }
  asio::awaitable<absl::StatusOr<v1::RenewWorkResponse>> Renew(
      const v1::RenewWorkRequest& request) override {
    on_renew();
    renewed.push_back(request);
    if (!renew_failures.empty()) {
      const absl::Status status = renew_failures.front();
      renew_failures.pop_front();
      co_return status;
    }
    v1::RenewWorkResponse response;
    response.set_slot_held(slot_held);
    for (const auto& lease : request.leases()) {
      if (!lost.contains(lease.recipient_id())) {
        response.add_recipient_ids(lease.recipient_id());
      }
    }
    co_return response;
  }
  asio::awaitable<absl::Status> NoteDataSent(const v1::NoteDataSentRequest& request) override {
    for (const auto& lease : request.leases()) {
      if (lost.contains(lease.recipient_id())) {
        co_return absl::AbortedError("a lease is lost");
      }
    }
    noted.push_back(request);
    on_note();
    co_return absl::OkStatus();
  }
  asio::awaitable<absl::StatusOr<v1::FinishWorkResponse>> Finish(
      const v1::FinishWorkRequest& request) override {
    if (!finish_failures.empty()) {
      const absl::Status status = finish_failures.front();
      finish_failures.pop_front();
      co_return status;
    }
    finished.push_back(request);
    v1::FinishWorkResponse response;
    if (request.more_recipients() > 0 && !more.empty()) {
      *response.mutable_work() = std::move(more.front());
      more.pop_front();
    }
    co_return response;
  }
  std::unique_ptr<client::Body> Open(const asio::any_io_executor&, uint64_t id) override {
    const auto found = messages.find(id);
    return std::make_unique<Body>(found == messages.end() ? "" : found->second,
                                  found != messages.end());
  }
  asio::awaitable<absl::StatusOr<v1::StsPolicy>> GetStsPolicy(std::string domain) override {
    const auto found = policies.find(domain);
    if (found == policies.end()) {
      co_return absl::NotFoundError("no policy");
    }
    co_return found->second;
  }
  asio::awaitable<absl::Status> PutStsPolicy(const v1::PutStsPolicyRequest& request) override {
    policies[request.domain()] = request.policy();
    co_return absl::OkStatus();
  }
  asio::awaitable<absl::Status> CountTlsSessions(const v1::CountTlsSessionsRequest&) override {
    co_return absl::OkStatus();
  }

 private:
  // In pieces of 1,000 octets.
  class Body final : public client::Body {
   public:
    Body(std::string text, bool exists) : text_(std::move(text)), exists_(exists) {}
    asio::awaitable<absl::StatusOr<absl::string_view>> Next() override {
      if (!exists_) {
        co_return absl::NotFoundError("it has left the queue");
      }
      const absl::string_view piece = absl::string_view(text_).substr(begin_, 1000);
      begin_ += piece.size();
      co_return piece;
    }

   private:
    const std::string text_;
    const bool exists_;
    size_t begin_ = 0;
  };
};

}  // namespace posthorn::relay
