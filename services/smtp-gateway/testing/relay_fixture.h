// A worker with a queue and a DNS in memory, and a next hop on the loopback.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "smtp-gateway/relay/worker.h"
#include "smtp-gateway/relay/worker_context.h"
#include "smtp-gateway/testing/fake_resolver.h"
#include "smtp-gateway/testing/fake_work_source.h"
#include "smtp-gateway/testing/scripted_server.h"

namespace posthorn::relay {

class RelayFixture : public testing::Test {
 protected:
  RelayFixture() {
    resolver_.AddMx("example.net", 10, "mx.example.net");
    resolver_.AddLoopback("mx.example.net");
    source_.messages[1] = "Subject: one\r\n\r\n.dot\r\n";
    source_.messages[2] = "Subject: two\r\n\r\nhello\r\n";
    source_.messages[3] = "Subject: three\r\n\r\nhello\r\n";
  }

  testing_support::ScriptedServer& Serve(testing_support::ServerScript script = {}) {
    server_ = std::make_unique<testing_support::ScriptedServer>(std::move(script));
    options_.router.port = static_cast<uint16_t>(server_->port());
    return *server_;
  }

  // A slot of example.net.
  static v1::Work EmptyWork(uint64_t epoch = 1) {
    v1::Work work;
    work.mutable_slot()->set_site("example.net");
    work.mutable_slot()->set_epoch(epoch);
    work.mutable_slot()->set_lease_milliseconds(60'000);
    return work;
  }
  static v1::QueuedMessage& AddMessage(v1::Work& work, uint64_t id) {
    v1::QueuedMessage& message = *work.add_messages();
    message.set_message_id(id);
    message.set_size(100);
    return message;
  }
  // Recipient ids are 10 times the message's and counted.
  static v1::LeasedRecipient& AddRecipient(v1::Work& work, uint64_t message,
                                           const std::string& forward_path) {
    uint64_t count = 0;
    for (const auto& other : work.recipients()) {
      count += other.message_id() == message ? 1 : 0;
    }
    v1::LeasedRecipient& recipient = *work.add_recipients();
    recipient.set_recipient_id(10 * message + count);
    recipient.set_message_id(message);
    recipient.set_lease_epoch(7);
    recipient.set_reverse_path("alice@example.org");
    recipient.set_forward_path(forward_path);
    return recipient;
  }
  static v1::Work OneRecipient() {
    v1::Work work = EmptyWork();
    AddMessage(work, 1);
    AddRecipient(work, 1, "bob@example.net");
    return work;
  }

  // Serves the works, one after the other.
  void Run(std::vector<v1::Work> works) {
    options_.router.hostname = "relay.example.org";
    options_.loopback_allowed = true;
    options_.stopping = [this] { return draining_; };
    auto tls = net::ClientTls::Make(ca_file_);
    ASSERT_TRUE(tls.ok()) << tls.status();
    Connector connector(options_, resolver_, **tls, sts_.get(), report_);
    // Sessions that are kept have sockets of it.
    asio::io_context context(1);
    IdleSessions idle(idle_options_,
                      [](const asio::any_io_executor& executor, asio::awaitable<void> task) {
                        asio::co_spawn(executor, std::move(task), asio::detached);
                      });
    const Workers workers{
        worker_options_, source_, connector, idle, [this] { return draining_; }, post_};
    source_.works.assign(works.begin(), works.end());
    WorkerContext worker(source_, "worker", context.get_executor());
    drain_ = [&] {
      draining_ = true;
      idle.Drain();
      worker.drain.Ring();
    };
    source_.on_claim = [&](bool found) {
      if (!found && !claim_until_drained_) {
        context.stop();
      } else if (drain_when_claimed_) {
        drain_();
      }
    };
    context_ = &context;
    const auto stop = [&](const std::exception_ptr&) { context.stop(); };
    asio::co_spawn(context, ClaimLoop(workers, worker), stop);
    context.run();
    context_ = nullptr;
  }
  void Run(const v1::Work& work) { Run(std::vector{work}); }

  // A drain begins; returns when it has. From a server's thread.
  void Drain() {
    std::promise<void> begun;
    asio::post(*context_, [&] {
      drain_();
      begun.set_value();
    });
    begun.get_future().wait();
  }

  // `happens` in the queue, and the worker renews its leases after it. From a server's thread.
  void AwaitRenewalAfter(std::function<void()> happens) {
    std::promise<void> renewed;
    asio::post(*context_, [&] {
      happens();
      // The next renewal may have been asked already; the answer to one after it is known.
      source_.on_renew = [this, &renewed, count = 0]() mutable {
        if (++count == 3) {
          std::promise<void>& known = renewed;
          source_.on_renew = [] {};
          known.set_value();
        }
      };
    });
    renewed.get_future().wait();
  }

  v1::AttemptResult Result(uint64_t recipient) { return source_.Results()[recipient]; }

  dns::FakeResolver resolver_;
  FakeWorkSource source_;
  ConnectorOptions options_;
  WorkerOptions worker_options_;
  TlsReport report_;
  std::unique_ptr<StsPolicies> sts_;
  std::string ca_file_;
  IdleOptions idle_options_;
  Post post_;
  bool draining_ = false;
  bool drain_when_claimed_ = false;
  bool claim_until_drained_ = false;
  std::function<void()> drain_;
  asio::io_context* context_ = nullptr;  // while something runs
  std::unique_ptr<testing_support::ScriptedServer> server_;
};

}  // namespace posthorn::relay
