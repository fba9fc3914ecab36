// A mail store in memory, for tests of sessions. Touched by one thread at a time: the session's,
// and the test's once the session has ended or answered.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/status.h"
#include "smtp-gateway/store/mail_store.h"

namespace posthorn::smtp {

struct FakeDelivery {
  std::string key;
  std::vector<uint64_t> account_ids;
  v1::DeliverStart start;
  std::string message;
  size_t frames = 0;
  size_t largest_frame = 0;
};

class FakeMailStore final : public MailStore {
 public:
  std::map<std::string, std::vector<uint64_t>> recipients = {{"alice@example.org", {1}},
                                                             {"bob@example.org", {2}},
                                                             {"both@example.org", {2, 1}},
                                                             {"postmaster@mx.example.org", {9}}};
  // Addresses outside behind addresses here, and rewritten senders with whom they stand for.
  std::map<std::string, std::vector<std::string>> forwards;
  std::map<std::string, std::string> rewritten_senders;
  // What alice may send as, her own address apart, and how the next checks of it fail.
  std::set<std::string> senders = {"sales@example.org"};
  std::deque<absl::Status> sender_checks;
  // Events by key, what was asked of the greylist (the first time it says no), and how both fail.
  std::map<std::string, uint32_t> events;
  std::vector<v1::CheckGreylistRequest> greylist;
  absl::Status policy_failure;
  std::vector<FakeDelivery> delivered;
  // Keys of every attempt at a message in one frame.
  std::vector<std::string> attempts;
  // What the next attempts come to; OK when empty.
  std::deque<absl::Status> outcomes;
  // Whether what comes to an error in `outcomes` was delivered all the same: its answer is lost.
  bool answers_are_lost = false;
  // Keys that SettleDelivery was asked for, and how its next calls fail.
  std::vector<std::string> settled;
  std::deque<absl::Status> settlements;
  // Attempts to open a stream below this one meet a replica that is gone.
  int unreachable_replicas = 0;

  asio::awaitable<absl::StatusOr<v1::ResolveRecipientResponse>> ResolveRecipient(
      const std::string& address, uint64_t, const std::string&) override {
    v1::ResolveRecipientResponse answer;
    if (const auto found = recipients.find(address); found != recipients.end()) {
      answer.mutable_account_ids()->Add(found->second.begin(), found->second.end());
    }
    if (const auto found = forwards.find(address); found != forwards.end()) {
      answer.mutable_forwards()->Add(found->second.begin(), found->second.end());
    }
    if (const auto found = rewritten_senders.find(address); found != rewritten_senders.end()) {
      answer.add_forwards(found->second);
      answer.set_rewritten_sender(true);
    }
    if (!answer.account_ids().empty() || !answer.forwards().empty()) {
      co_return answer;
    }
    const bool local = address.ends_with("@example.org");
    co_return rpc::MakeError(
        absl::StatusCode::kNotFound,
        local ? v1::ErrorDetail::REASON_UNKNOWN_RECIPIENT : v1::ErrorDetail::REASON_NOT_LOCAL,
        "no such recipient");
  }

  asio::awaitable<absl::Status> CheckSender(v1::Grant&, const std::string& address,
                                            const std::string&) override {
    if (!sender_checks.empty()) {
      const absl::Status status = sender_checks.front();
      sender_checks.pop_front();
      co_return status;
    }
    co_return senders.contains(address)
        ? absl::OkStatus()
        : rpc::MakeError(absl::StatusCode::kPermissionDenied, v1::ErrorDetail::REASON_FORBIDDEN,
                         "not the user's");
  }

  asio::awaitable<absl::StatusOr<v1::CheckGreylistResponse>> CheckGreylist(
      const v1::CheckGreylistRequest& request, const std::string&) override {
    greylist.push_back(request);
    v1::CheckGreylistResponse response;
    response.set_pass(greylist.size() > 1);
    co_return policy_failure.ok() ? absl::StatusOr<v1::CheckGreylistResponse>(response)
                                  : policy_failure;
  }

  asio::awaitable<absl::StatusOr<v1::CountEventsResponse>> CountEvents(
      const v1::CountEventsRequest& request, const std::string&) override {
    v1::CountEventsResponse response;
    for (const v1::EventCount& event : request.events()) {
      events[event.key()] += event.count();
      response.add_over(events[event.key()] > event.limit());
    }
    co_return policy_failure.ok() ? absl::StatusOr<v1::CountEventsResponse>(response)
                                  : policy_failure;
  }

  asio::awaitable<absl::StatusOr<v1::AuthenticateResponse>> Authenticate(
      const v1::AuthenticateRequest& request) override {
    v1::AuthenticateResponse response;
    const auto& given = request.responses();
    const int rounds = request.mechanism() == "LOGIN" ? 2 : 1;
    if (given.size() < rounds) {
      response.set_challenge(rounds == 1 ? "" : given.empty() ? "Username:" : "Password:");
      co_return response;
    }
    const std::string plain("\0alice@example.org\0secret", 25);
    const bool good =
        rounds == 1 ? given[0] == plain : given[0] == "alice@example.org" && given[1] == "secret";
    if (!good) {
      co_return rpc::MakeError(absl::StatusCode::kUnauthenticated,
                               v1::ErrorDetail::REASON_BAD_CREDENTIALS, "bad credentials");
    }
    response.mutable_grant()->set_address("alice@example.org");
    response.mutable_grant()->set_account_id(1);
    co_return response;
  }

  asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Deliver(const v1::DeliverRequest& message,
                                                               int) override {
    attempts.push_back(message.start().idempotency_key());
    co_return Finish(MakeDelivery(message.start(), message));
  }

  asio::awaitable<absl::StatusOr<std::unique_ptr<DeliveryStream>>> OpenDelivery(
      const v1::DeliverStart&, int attempt) override {
    std::unique_ptr<DeliveryStream> stream =
        std::make_unique<Stream>(*this, attempt < unreachable_replicas);
    co_return stream;
  }

  asio::awaitable<absl::StatusOr<v1::SettleDeliveryResponse>> SettleDelivery(
      const v1::DeliverStart& start) override {
    settled.push_back(start.idempotency_key());
    if (!settlements.empty()) {
      const absl::Status status = settlements.front();
      settlements.pop_front();
      if (!status.ok()) {
        co_return status;
      }
    }
    v1::SettleDeliveryResponse response;
    for (size_t i = 0; i < delivered.size(); ++i) {
      if (delivered[i].key == start.idempotency_key()) {
        response.set_delivered(true);
        response.set_delivery_id("d" + std::to_string(i + 1));
      }
    }
    co_return response;
  }

 private:
  class Stream final : public DeliveryStream {
   public:
    Stream(FakeMailStore& store, bool unreachable) : store_(store), unreachable_(unreachable) {}
    asio::awaitable<absl::Status> Write(const v1::DeliverRequest& frame) override {
      if (unreachable_) {
        co_return absl::UnavailableError("no connection");
      }
      if (frame.has_start()) {
        delivery_ = MakeDelivery(frame.start(), frame);
      } else {
        delivery_.message += frame.data();
        delivery_.largest_frame = std::max(delivery_.largest_frame, frame.data().size());
        ++delivery_.frames;
      }
      last_ = frame.last();
      co_return absl::OkStatus();
    }
    asio::awaitable<absl::StatusOr<v1::DeliverResponse>> Finish() override {
      if (unreachable_) {
        co_return absl::UnavailableError("no connection");
      }
      if (!last_) {
        co_return absl::CancelledError("no last frame");
      }
      co_return store_.Finish(delivery_);
    }

   private:
    FakeMailStore& store_;
    const bool unreachable_;
    FakeDelivery delivery_;
    bool last_ = false;
  };

  static FakeDelivery MakeDelivery(const v1::DeliverStart& start, const v1::DeliverRequest& frame) {
    return {start.idempotency_key(),
            {start.account_ids().begin(), start.account_ids().end()},
            start,
            frame.data(),
            1,
            frame.data().size()};
  }

  absl::StatusOr<v1::DeliverResponse> Finish(FakeDelivery delivery) {
    if (!outcomes.empty()) {
      const absl::Status outcome = outcomes.front();
      outcomes.pop_front();
      if (!outcome.ok()) {
        if (answers_are_lost) {
          delivered.push_back(std::move(delivery));
        }
        return outcome;
      }
    }
    delivered.push_back(std::move(delivery));
    v1::DeliverResponse response;
    response.set_delivery_id("d" + std::to_string(delivered.size()));
    return response;
  }
};

}  // namespace posthorn::smtp
