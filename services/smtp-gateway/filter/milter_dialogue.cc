#include "smtp-gateway/filter/milter_dialogue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "mail/header.h"
#include "smtp-gateway/filter/refusal.h"

namespace posthorn::filter::milter {
namespace {

Verdict RefusalOf(Action action, const Reply& reply) {
  const bool for_good = action == Action::kReject;
  Verdict verdict =
      Refusal(action, for_good ? 550 : 451,
              ReplyLines(reply.text, for_good ? "Refused by a filter" : "Try again later"));
  if (reply.code != 0) {
    verdict.code = reply.code;
    verdict.status = reply.status;
  }
  return verdict;
}

// The milter's decision, if the reply is one.
std::optional<Verdict> Decision(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::kAccept:
      return Verdict();
    case Reply::Kind::kReject:
      return RefusalOf(Action::kReject, reply);
    case Reply::Kind::kTempfail:
      return RefusalOf(Action::kTempfail, reply);
    case Reply::Kind::kReplyCode:
      return RefusalOf(reply.code >= 500 ? Action::kReject : Action::kTempfail, reply);
    case Reply::Kind::kDiscard: {
      Verdict verdict;
      verdict.action = Action::kDiscard;
      return verdict;
    }
    default:
      return std::nullopt;
  }
}

// Milters know line ends of one LF within a field, and the value without the space that follows the
// colon unless they have asked for it.
std::string HeaderPacket(const mail::HeaderField& field, bool with_space) {
  absl::string_view value = field.value;
  absl::ConsumeSuffix(&value, "\n");
  absl::ConsumeSuffix(&value, "\r");
  if (!with_space) {
    absl::ConsumePrefix(&value, " ");
  }
  const std::string lines = absl::StrReplaceAll(value, {{"\r\n", "\n"}});
  return EncodePacket(Command::kHeader, Strings({field.name, lines}));
}

std::string PathPacket(Command command, const PathCommand& path) {
  const std::string address = absl::StrCat("<", path.address, ">");
  std::vector<absl::string_view> strings = {address};
  strings.insert(strings.end(), path.parameters.begin(), path.parameters.end());
  return EncodePacket(command, Strings(strings));
}

}  // namespace

Dialogue::Step Dialogue::Decide(const Reply& reply) {
  if (reply.kind == Reply::Kind::kContinue) {
    return std::nullopt;
  }
  if (reply.kind == Reply::Kind::kSkip && link_.Wants(kSkip)) {
    enough_body_ = true;
    return std::nullopt;
  }
  std::optional<Verdict> decision = Decision(reply);
  if (!decision) {
    link_.Close();
    return absl::InvalidArgumentError("a reply of a milter that does not belong there");
  }
  return decision;
}

asio::awaitable<Dialogue::Step> Dialogue::Say(std::string packets, uint32_t without,
                                              uint32_t silent) {
  if (link_.Wants(without)) {
    co_return std::nullopt;
  }
  const absl::Status written = co_await link_.Write(packets);
  if (!written.ok()) {
    co_return written;
  }
  if (link_.Wants(silent)) {
    co_return std::nullopt;
  }
  const auto reply = co_await link_.Read();
  if (!reply.ok()) {
    co_return reply.status();
  }
  co_return Decide(*reply);
}

asio::awaitable<absl::Status> Dialogue::Abort() {
  if (!in_message_) {
    co_return absl::OkStatus();
  }
  in_message_ = false;
  co_return co_await link_.Write(EncodePacket(Command::kAbort, ""));
}

// The names of macros are Sendmail's: j is our name, i the message's.
asio::awaitable<Dialogue::Step> Dialogue::Connect(const Client& client) {
  // QUIT_NC would keep the connection; libmilter of 8.17 never answers after it.
  co_await Quit();
  link_.Begin();
  const absl::Status opened = co_await link_.Open();
  if (!opened.ok()) {
    co_return opened;
  }
  const std::string name = absl::StrCat("[", client.address, "]");
  std::string packets = EncodeMacros(Command::kConnect, {{"j", client.hostname},
                                                         {"{daemon_name}", client.hostname},
                                                         {"{client_addr}", client.address},
                                                         {"{client_name}", name},
                                                         {"{client_ptr}", "unknown"},
                                                         {"v", "Posthorn"}});
  packets += EncodeConnect(name, client.is_v6, client.port, client.address);
  co_return co_await Say(std::move(packets), kNoConnect, kNoReplyToConnect);
}

asio::awaitable<Dialogue::Step> Dialogue::Helo(const Client& client) {
  link_.Begin();
  const absl::Status aborted = co_await Abort();
  if (!aborted.ok()) {
    co_return aborted;
  }
  std::string packets = EncodeMacros(
      Command::kHelo, {{"{tls_version}", client.tls_version}, {"{cipher}", client.tls_cipher}});
  packets += EncodePacket(Command::kHelo, Strings({client.helo}));
  co_return co_await Say(std::move(packets), kNoHelo, kNoReplyToHelo);
}

asio::awaitable<Dialogue::Step> Dialogue::Mail(const Client& client, const PathCommand& path) {
  link_.Begin();
  const absl::Status aborted = co_await Abort();
  if (!aborted.ok()) {
    co_return aborted;
  }
  in_message_ = true;
  std::string packets = EncodeMacros(Command::kMail, {{"i", client.session_id},
                                                      {"{auth_authen}", client.user},
                                                      {"{auth_author}", client.user},
                                                      {"{mail_addr}", path.address}});
  packets += PathPacket(Command::kMail, path);
  co_return co_await Say(std::move(packets), kNoMail, kNoReplyToMail);
}

asio::awaitable<Dialogue::Step> Dialogue::Recipient(const Client& client, const PathCommand& path) {
  link_.Begin();
  std::string packets =
      EncodeMacros(Command::kRecipient, {{"i", client.session_id}, {"{rcpt_addr}", path.address}});
  packets += PathPacket(Command::kRecipient, path);
  co_return co_await Say(std::move(packets), kNoRecipients, kNoReplyToRecipient);
}

asio::awaitable<Dialogue::Step> Dialogue::Data(const Client& client) {
  if (link_.wanted().version < 4) {
    co_return std::nullopt;
  }
  link_.Begin();
  std::string packets = EncodeMacros(Command::kData, {{"i", client.session_id}});
  packets += EncodePacket(Command::kData, "");
  co_return co_await Say(std::move(packets), kNoData, kNoReplyToData);
}

asio::awaitable<Dialogue::Step> Dialogue::TellHeader(const HeldMessage& message) {
  Step step = std::nullopt;
  mail::HeaderReader reader(message.header);
  while (step.ok() && !step->has_value()) {
    const std::optional<mail::HeaderField> field = reader.Next();
    if (!field) {
      break;
    }
    if (!field->name.empty()) {
      step = co_await Say(HeaderPacket(*field, link_.Wants(kLeadingSpace)), kNoHeaders,
                          kNoReplyToHeader);
    }
  }
  if (step.ok() && !step->has_value()) {
    step = co_await Say(EncodePacket(Command::kEndOfHeader, ""), kNoEndOfHeader,
                        kNoReplyToEndOfHeader);
  }
  co_return step;
}

asio::awaitable<Dialogue::Step> Dialogue::TellBody(const HeldMessage& message) {
  enough_body_ = false;
  for (uint64_t offset = 0; offset < message.body.size() && !enough_body_;) {
    const absl::StatusOr<std::string> piece = message.body.Read(offset, kBodyChunk);
    if (!piece.ok()) {
      co_return piece.status();
    }
    offset += piece->size();
    const Step step = co_await Say(EncodePacket(Command::kBody, *piece), kNoBody, kNoReplyToBody);
    if (!step.ok() || step->has_value()) {
      co_return step;
    }
  }
  co_return std::nullopt;
}

asio::awaitable<absl::StatusOr<Verdict>> Dialogue::EndMessage(const Client& client,
                                                              Changes& changes) {
  std::string packets = EncodeMacros(Command::kEndOfMessage, {{"i", client.session_id}});
  packets += EncodePacket(Command::kEndOfMessage, "");
  absl::Status status = co_await link_.Write(packets);
  while (status.ok()) {
    const auto reply = co_await link_.Read();
    if (!reply.ok()) {
      co_return reply.status();
    }
    std::optional<Verdict> decision = Decision(*reply);
    if (reply->kind == Reply::Kind::kContinue) {
      decision = Verdict();
    }
    if (decision) {
      in_message_ = false;
      status = changes.Finish();
      if (!status.ok()) {
        break;
      }
      if (decision->action == Action::kDeliver && changes.quarantined()) {
        decision->action = Action::kJunk;
        decision->suspicious = true;
      }
      co_return *std::move(decision);
    }
    status = changes.Add(*reply);
  }
  link_.Close();
  co_return status;
}

asio::awaitable<absl::StatusOr<Verdict>> Dialogue::Message(const Client& client, Envelope& envelope,
                                                           HeldMessage& message) {
  link_.Begin();
  Step step = co_await TellHeader(message);
  if (step.ok() && !step->has_value()) {
    step = co_await TellBody(message);
  }
  if (!step.ok()) {
    co_return step.status();
  }
  if (step->has_value()) {
    co_return **std::move(step);
  }
  Changes changes(envelope, message, link_.wanted().capabilities, link_.options().largest_body);
  auto verdict = co_await EndMessage(client, changes);
  if (verdict.ok() && (verdict->action == Action::kDeliver || verdict->action == Action::kJunk)) {
    std::move(changes).Apply(envelope, message);
  }
  co_return verdict;
}

asio::awaitable<void> Dialogue::Quit() {
  if (link_.is_open()) {
    link_.Begin();
    // It may be gone already.
    const absl::Status written = co_await link_.Write(EncodePacket(Command::kQuit, ""));
    written.IgnoreError();
  }
  in_message_ = false;
  link_.Close();
}

}  // namespace posthorn::filter::milter
