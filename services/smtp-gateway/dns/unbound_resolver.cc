#include "smtp-gateway/dns/unbound_resolver.h"

#include <unbound.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace posthorn::dns {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kPatience{30};
constexpr size_t kMostQuestions = 1000;
constexpr int kInternetClass = 1;
constexpr size_t kMostRecords = 1000;

std::string PlainName(const char* name) {
  return name == nullptr ? ""
                         : absl::AsciiStrToLower(absl::StripSuffix(absl::string_view(name), "."));
}

Answer FromUnbound(int error, const ub_result* result) {
  Answer answer;
  if (error != 0 || result == nullptr) {
    answer.reason = ub_strerror(error);
    return answer;
  }
  answer.canonical_name = PlainName(result->canonname);
  if (result->bogus != 0) {
    answer.bogus = true;
    answer.reason = "DNSSEC: the answer is bogus";
    return answer;
  }
  answer.secure = result->secure != 0;
  if (result->havedata != 0) {
    answer.outcome = Outcome::kData;
    for (size_t i = 0; result->data[i] != nullptr && i < kMostRecords; ++i) {
      answer.rdata.emplace_back(result->data[i], static_cast<size_t>(result->len[i]));
    }
  } else if (result->nxdomain != 0) {
    answer.outcome = Outcome::kNxDomain;
  } else if (result->rcode == 0) {
    answer.outcome = Outcome::kNoData;
  } else {
    answer.secure = false;
    answer.reason = absl::StrCat("no answer from the DNS (RCODE ", result->rcode, ")");
  }
  return answer;
}

absl::Status FromUnbound(int error, absl::string_view what) {
  return error == 0 ? absl::OkStatus()
                    : absl::InvalidArgumentError(absl::StrCat(what, ": ", ub_strerror(error)));
}

}  // namespace

// Held by the coroutine that waits and by open_ until libunbound has answered.
struct UnboundResolver::Question {
  Question(UnboundResolver* its_resolver, const asio::any_io_executor& executor)
      : resolver(its_resolver), answered(executor, kPatience) {}

  UnboundResolver* resolver;
  asio::steady_timer answered;  // cancelled when there is an answer; on the asker's executor
  std::optional<Answer> answer;
};

void UnboundResolver::FreeContext::operator()(ub_ctx* context) const { ub_ctx_delete(context); }

UnboundResolver::UnboundResolver(asio::any_io_executor executor)
    : context_(ub_ctx_create()), answers_(std::move(executor)) {}

UnboundResolver::~UnboundResolver() = default;

absl::StatusOr<std::unique_ptr<UnboundResolver>> UnboundResolver::Make(
    asio::any_io_executor executor, const UnboundOptions& options) {
  auto resolver = std::unique_ptr<UnboundResolver>(new UnboundResolver(std::move(executor)));
  if (const absl::Status status = resolver->Configure(options); !status.ok()) {
    return status;
  }
  // A descriptor of our own: libunbound closes its.
  resolver->answers_.assign(::dup(ub_fd(resolver->context_.get())));
  resolver->WaitForAnswers();
  return resolver;
}

absl::Status UnboundResolver::Configure(const UnboundOptions& options) {
  ub_ctx* context = context_.get();
  if (context == nullptr) {
    return absl::InternalError("libunbound cannot start");
  }
  ub_ctx_async(context, 1);
  // A server on this machine is as good as any.
  ub_ctx_set_option(context, "do-not-query-localhost:", "no");
  // One that comes back is noticed at once, not after a quarter of an hour.
  ub_ctx_set_option(context, "infra-keep-probing:", "yes");
  if (const absl::Status status = SetServers(options); !status.ok()) {
    return status;
  }
  if (options.trust_anchor.empty()) {
    return absl::OkStatus();
  }
  // libunbound would look at the file with the first question.
  if (!std::ifstream(options.trust_anchor)) {
    return absl::NotFoundError(absl::StrCat(options.trust_anchor, " cannot be read"));
  }
  return FromUnbound(ub_ctx_add_ta_file(context, options.trust_anchor.c_str()),
                     options.trust_anchor);
}

absl::Status UnboundResolver::SetServers(const UnboundOptions& options) {
  ub_ctx* context = context_.get();
  for (const std::string& server : options.from_root ? options.root_servers : options.servers) {
    const int error = options.from_root ? ub_ctx_set_stub(context, ".", server.c_str(), 0)
                                        : ub_ctx_set_fwd(context, server.c_str());
    if (error != 0) {
      return FromUnbound(error, server);
    }
  }
  if (options.from_root || !options.servers.empty()) {
    return absl::OkStatus();
  }
  ub_ctx_hosts(context, nullptr);
  return FromUnbound(ub_ctx_resolvconf(context, options.resolv_conf.c_str()), options.resolv_conf);
}

void UnboundResolver::WaitForAnswers() {
  answers_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (!error) {
                          ub_process(context_.get());
                          WaitForAnswers();
                        }
                      });
}

bool UnboundResolver::Ask(const std::shared_ptr<Question>& question, const std::string& name,
                          Type type) {
  {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kMostQuestions) {
      return false;
    }
    open_.emplace(question.get(), question);
  }
  const int error = ub_resolve_async(context_.get(), name.c_str(), static_cast<int>(type),
                                     kInternetClass, question.get(), OnAnswer, nullptr);
  if (error != 0) {
    Take(question.get());
  }
  return error == 0;
}

std::shared_ptr<UnboundResolver::Question> UnboundResolver::Take(Question* question) {
  const std::lock_guard lock(mutex_);
  const auto node = open_.extract(question);
  return node.empty() ? nullptr : node.mapped();
}

void UnboundResolver::OnAnswer(void* question, int error, ub_result* result) {
  auto* const asked = static_cast<Question*>(question);
  Answer answer = FromUnbound(error, result);
  ub_resolve_free(result);
  const std::shared_ptr<Question> held = asked->resolver->Take(asked);
  asio::post(held->answered.get_executor(), [held, answer = std::move(answer)]() mutable {
    held->answer = std::move(answer);
    held->answered.cancel();
  });
}

asio::awaitable<Answer> UnboundResolver::Query(std::string name, Type type) {
  const auto executor = co_await asio::this_coro::executor;
  const auto question = std::make_shared<Question>(this, executor);
  if (!Ask(question, name, type)) {
    co_return Answer{.reason = "too many questions to the DNS at a time"};
  }
  while (!question->answer.has_value()) {
    const auto [woken] = co_await question->answered.async_wait(kAwait);
    if (!woken) {
      break;
    }
  }
  if (!question->answer.has_value()) {
    co_return Answer{.reason = "no answer from the DNS in time"};
  }
  co_return *std::move(question->answer);
}

}  // namespace posthorn::dns
