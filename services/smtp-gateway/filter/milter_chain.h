// The milters of one SMTP session, told of each command as it comes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "smtp-gateway/filter/filter_metrics.h"
#include "smtp-gateway/filter/filter_options.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/filter/milter_dialogue.h"
#include "smtp-gateway/filter/verdict.h"

namespace posthorn::filter {

// Each milter has one connection for all of the session, made when the client comes and again when
// it was lost. They are told in their order until one refuses: a refusal (kReject or kTempfail) is
// the reply to the command and to nothing else. What the milter of a refused or abandoned message
// has to forget it is told before the next one.
//
// A milter without an answer counts as FilterOptions::milter_fail says: for the greeting and EHLO
// it is left out, for mail it refuses what it was asked about and all that follows of that
// transaction, or is left out of it.
//
// Used by one coroutine; what is given outlives it.
class MilterChain {
 public:
  using PathCommand = milter::PathCommand;
  using Refused = std::optional<Verdict>;

  MilterChain(const FilterOptions& options, const FilterMetrics& metrics);
  ~MilterChain();

  // A client, or another one than before.
  asio::awaitable<Refused> Connect(const Client& client);
  asio::awaitable<Refused> Hello(const Client& client);
  asio::awaitable<Refused> Mail(const Client& client, const PathCommand& path);
  asio::awaitable<Refused> Recipient(const Client& client, const PathCommand& path);
  asio::awaitable<Refused> Data(const Client& client);
  // The message after Data. `before` is what other filters have decided to do with it.
  asio::awaitable<Verdict> Message(const Client& client, Envelope& envelope, HeldMessage& message,
                                   Verdict before);
  asio::awaitable<void> Quit();

 private:
  struct Member;
  using Step = milter::Dialogue::Step;

  asio::awaitable<Step> Greet(Member& member, const Client& client);
  asio::awaitable<Step> TellMail(Member& member, const Client& client, const PathCommand& path);
  // What a step within a transaction means: its refusal, if it is one.
  Refused Settle(Member& member, const Client& client, Step step);
  asio::awaitable<Verdict> TellMessage(Member& member, const Client& client, Envelope& envelope,
                                       HeldMessage& message);
  Refused Refusing(const Member& member, const Client& client, const char* command,
                   const Verdict& verdict) const;

  const FilterOptions& options_;
  const FilterMetrics& metrics_;
  std::vector<std::unique_ptr<Member>> members_;
  bool discard_ = false;  // one has said so of this message
};

}  // namespace posthorn::filter
