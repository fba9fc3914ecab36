#include "smtp-gateway/filter/milter_chain.h"

#include <chrono>
#include <utility>

#include "common/log/log.h"
#include "smtp-gateway/filter/filter_failure.h"
#include "smtp-gateway/filter/refusal.h"

namespace posthorn::filter {

struct MilterChain::Member {
  Member(const MilterAddress& address, const MilterOptions& options)
      : name(address.name), dialogue(address, options) {}
  bool Listens() const { return !trusts_client && !done; }

  const std::string& name;
  milter::Dialogue dialogue;
  bool told_hello = false;
  bool trusts_client = false;     // it has accepted all that the client does
  bool done = false;              // it wants to hear no more of this message
  std::optional<Verdict> broken;  // it had no answer within this transaction
};

MilterChain::MilterChain(const FilterOptions& options, const FilterMetrics& metrics)
    : options_(options), metrics_(metrics) {
  for (const MilterAddress& address : options_.milters) {
    members_.push_back(std::make_unique<Member>(address, options_.milter));
  }
}

MilterChain::~MilterChain() = default;

MilterChain::Refused MilterChain::Refusing(const Member& member, const Client& client,
                                           const char* command, const Verdict& verdict) const {
  if (verdict.code == 0) {
    return std::nullopt;
  }
  metrics_.CountRefusal(member.name, NameOf(verdict.action));
  log::Info("command filtered", {{"filter", member.name},
                                 {"session", client.session_id},
                                 {"command", command},
                                 {"verdict", NameOf(verdict.action)}});
  return verdict;
}

asio::awaitable<MilterChain::Refused> MilterChain::Connect(const Client& client) {
  for (const auto& member : members_) {
    member->trusts_client = false;
    member->told_hello = false;
    member->done = false;
    const Step step = co_await member->dialogue.Connect(client);
    if (!step.ok() || !step->has_value()) {
      continue;  // one that is away is asked again for the first mail
    }
    member->trusts_client = true;
    if (Refused refused = Refusing(*member, client, "connect", **step)) {
      co_return refused;
    }
  }
  co_return std::nullopt;
}

asio::awaitable<MilterChain::Refused> MilterChain::Hello(const Client& client) {
  for (const auto& member : members_) {
    if (member->trusts_client || !member->dialogue.is_open()) {
      continue;
    }
    const Step step = co_await member->dialogue.Helo(client);
    member->told_hello = step.ok();
    if (!step.ok() || !step->has_value()) {
      continue;
    }
    if (Refused refused = Refusing(*member, client, "hello", **step)) {
      co_return refused;  // the client may give another name
    }
    member->trusts_client = true;
  }
  co_return std::nullopt;
}

// What a milter has to know of the client before it can be told of mail.
asio::awaitable<MilterChain::Step> MilterChain::Greet(Member& member, const Client& client) {
  if (!member.dialogue.is_open()) {
    member.told_hello = false;
    Step step = co_await member.dialogue.Connect(client);
    if (!step.ok() || step->has_value()) {
      co_return step;
    }
  }
  if (member.told_hello) {
    co_return std::nullopt;
  }
  Step step = co_await member.dialogue.Helo(client);
  member.told_hello = step.ok();
  co_return step;
}

asio::awaitable<MilterChain::Step> MilterChain::TellMail(Member& member, const Client& client,
                                                         const PathCommand& path) {
  Step step = co_await Greet(member, client);
  if (step.ok() && step->has_value()) {
    member.trusts_client = (*step)->action == Action::kDeliver;
    co_return step;
  }
  if (step.ok()) {
    step = co_await member.dialogue.Mail(client, path);
  }
  co_return step;
}

MilterChain::Refused MilterChain::Settle(Member& member, const Client& client, Step step) {
  if (!step.ok()) {
    const Verdict verdict =
        WithoutAnswer(member.name, options_.milter_fail, client, step.status(), metrics_);
    if (verdict.code == 0) {
      member.done = true;
      return std::nullopt;
    }
    member.broken = verdict;
    return verdict;
  }
  if (!step->has_value()) {
    return std::nullopt;
  }
  const Verdict& verdict = **step;
  discard_ |= verdict.action == Action::kDiscard;
  member.done |= verdict.action == Action::kDiscard || verdict.action == Action::kDeliver;
  return verdict.code == 0 ? Refused() : Refused(verdict);
}

asio::awaitable<MilterChain::Refused> MilterChain::Mail(const Client& client,
                                                        const PathCommand& path) {
  discard_ = false;
  for (const auto& member : members_) {
    member->done = false;
    member->broken.reset();
    if (member->trusts_client) {
      continue;
    }
    const bool was_open = member->dialogue.is_open();
    Step step = co_await TellMail(*member, client, path);
    if (was_open && absl::IsUnavailable(step.status())) {
      step = co_await TellMail(*member, client, path);  // it has closed what it found idle
    }
    const Refused refused = Settle(*member, client, std::move(step));
    if (refused) {
      co_return member->broken ? refused : Refusing(*member, client, "mail", *refused);
    }
  }
  co_return std::nullopt;
}

asio::awaitable<MilterChain::Refused> MilterChain::Recipient(const Client& client,
                                                             const PathCommand& path) {
  for (const auto& member : members_) {
    if (!member->Listens()) {
      continue;
    }
    if (member->broken) {
      co_return member->broken;
    }
    const Refused refused =
        Settle(*member, client, co_await member->dialogue.Recipient(client, path));
    if (refused) {
      co_return member->broken ? refused : Refusing(*member, client, "recipient", *refused);
    }
  }
  co_return std::nullopt;
}

asio::awaitable<MilterChain::Refused> MilterChain::Data(const Client& client) {
  for (const auto& member : members_) {
    if (!member->Listens()) {
      continue;
    }
    if (member->broken) {
      co_return member->broken;
    }
    const Refused refused = Settle(*member, client, co_await member->dialogue.Data(client));
    if (refused) {
      co_return member->broken ? refused : Refusing(*member, client, "data", *refused);
    }
  }
  co_return std::nullopt;
}

asio::awaitable<Verdict> MilterChain::TellMessage(Member& member, const Client& client,
                                                  Envelope& envelope, HeldMessage& message) {
  if (member.broken) {
    co_return *member.broken;
  }
  if (message.size() > options_.largest) {
    metrics_.CountTooLarge(member.name);
    co_return Verdict();
  }
  const auto began = std::chrono::steady_clock::now();
  auto verdict = co_await member.dialogue.Message(client, envelope, message);
  if (!verdict.ok()) {
    co_return WithoutAnswer(member.name, options_.milter_fail, client, verdict.status(), metrics_);
  }
  if (client.submission && verdict->action == Action::kJunk) {
    verdict->action = Action::kDeliver;  // what users submit is never put aside
  }
  metrics_.CountVerdict(member.name, NameOf(verdict->action),
                        std::chrono::steady_clock::now() - began);
  log::Info("message filtered", {{"filter", member.name},
                                 {"session", client.session_id},
                                 {"verdict", NameOf(verdict->action)}});
  co_return *std::move(verdict);
}

asio::awaitable<Verdict> MilterChain::Message(const Client& client, Envelope& envelope,
                                              HeldMessage& message, Verdict before) {
  Verdict verdict = std::move(before);
  if (discard_) {
    verdict = Verdict();
    verdict.action = Action::kDiscard;
  }
  for (const auto& member : members_) {
    if (verdict.action != Action::kDeliver && verdict.action != Action::kJunk) {
      break;
    }
    if (!member->Listens()) {
      continue;
    }
    Verdict next = co_await TellMessage(*member, client, envelope, message);
    next.suspicious |= verdict.suspicious;
    if (next.action == Action::kDeliver) {
      next.action = verdict.action;  // Junk, if one before has said so
    }
    verdict = std::move(next);
  }
  co_return verdict;
}

asio::awaitable<void> MilterChain::Quit() {
  for (const auto& member : members_) {
    co_await member->dialogue.Quit();
  }
}

}  // namespace posthorn::filter
