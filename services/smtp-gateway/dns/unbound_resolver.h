// Resolver on libunbound: a validating resolver of its own, with its cache, in one thread of this
// process (or several processes ask one server: --dns_server).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "smtp-gateway/dns/resolver.h"

struct ub_ctx;
struct ub_result;

namespace posthorn::dns {

struct UnboundOptions {
  // ADDRESS or ADDRESS@PORT, asked instead of the servers in resolv_conf.
  std::vector<std::string> servers;
  std::string resolv_conf = "/etc/resolv.conf";
  // Asks no such server, but those of the zones themselves, from the root on.
  bool from_root = false;
  std::vector<std::string> root_servers;  // as servers; empty: those of the world
  // File with DS or DNSKEY records. If it is empty nothing is validated and no answer is secure.
  std::string trust_anchor;
};

class UnboundResolver final : public Resolver {
 public:
  // Answers are taken from libunbound on `executor`.
  static absl::StatusOr<std::unique_ptr<UnboundResolver>> Make(asio::any_io_executor executor,
                                                               const UnboundOptions& options);
  // No query may be under way, and the executor must have stopped.
  ~UnboundResolver() override;

  // Thread-safe. More than 1,000 questions at a time fail at once.
  asio::awaitable<Answer> Query(std::string name, Type type) override;

 private:
  struct Question;
  explicit UnboundResolver(asio::any_io_executor executor);
  absl::Status Configure(const UnboundOptions& options);
  absl::Status SetServers(const UnboundOptions& options);
  void WaitForAnswers();
  bool Ask(const std::shared_ptr<Question>& question, const std::string& name, Type type);
  std::shared_ptr<Question> Take(Question* question);
  static void OnAnswer(void* question, int error, ub_result* result);

  struct FreeContext {
    void operator()(ub_ctx* context) const;
  };
  std::unique_ptr<ub_ctx, FreeContext> context_;
  asio::posix::stream_descriptor answers_;  // readable when there are some
  std::mutex mutex_;                        // of open_
  std::map<Question*, std::shared_ptr<Question>> open_;
};

}  // namespace posthorn::dns
