// DATA (RFC 5321 4.1.1.4).
#include <algorithm>

#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/parser/data_decoder.h"
#include "smtp-gateway/session/client_policy.h"
#include "smtp-gateway/session/message_acceptance.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kGoAhead{354, {}, "End data with <CR><LF>.<CR><LF>"};
constexpr Reply kBinary{503, "5.5.1", "BINARYMIME needs BDAT"};
constexpr Reply kBareLineEnd{550, "5.6.11", "Lines must end in CRLF: bare CR or LF refused"};
constexpr Reply kLineTooLong{554, "5.6.0", "A line of the message is too long"};

// Decodes some of the session's input into the message. Frames limit how much at a time.
DataDecoder::Status DecodeSome(Session& session, DataDecoder& decoder, MessageReceiver& message,
                               std::string* discarded) {
  std::string* out = discarded;
  size_t room = session.input().size();
  if (!message.refused()) {
    out = message.frame();
    room = std::min(room, message.Room() - 1);  // the decoder may have a CR to add
  }
  size_t consumed = 0;
  const auto status = decoder.Feed(session.input().substr(0, room), out, &consumed);
  session.Consume(consumed);
  return status;
}

// Reads the message to its end. False when the session has ended, or cannot go on.
asio::awaitable<bool> ReadMessage(Session& session, MessageReceiver& message) {
  const Limits& limits = session.server().limits;
  DataDecoder decoder(limits.text_line);
  DataRate rate(limits.data_rate, limits.data_rate_grace);
  std::string discarded;
  while (true) {
    while (session.input().empty()) {
      const bool filled = co_await session.FillData(rate);
      if (!filled) {
        co_return false;
      }
    }
    const auto status = DecodeSome(session, decoder, message, &discarded);
    if (status == DataDecoder::Status::kEnd) {
      co_return true;
    }
    if (status != DataDecoder::Status::kMore) {
      // Where these data end is anybody's guess: nothing after this may be read as a command.
      const bool bare = status == DataDecoder::Status::kBareLineEnd;
      session.CountAbuse(bare ? "bare_line_end" : "line_too_long");
      session.CountMessage(bare ? kBareLineEnd.code : kLineTooLong.code);
      session.SendAndClose(bare ? kBareLineEnd : kLineTooLong);
      co_return false;
    }
    if (message.refused()) {
      const bool more = session.Discard(discarded.size());
      discarded.clear();
      if (!more) {
        co_return false;
      }
    } else {
      co_await message.Push();
    }
  }
}

}  // namespace

asio::awaitable<void> RunData(Session& session, std::string_view) {
  // RFC 3030 3: octets that are no lines cannot come between dots.
  if (session.transaction().envelope.body() == v1::BODY_KIND_BINARYMIME) {
    session.Send(kBinary);
    co_return;
  }
  const std::optional<Reply> over = co_await CheckRates(session);
  if (over) {
    session.transaction().Reset();
    session.CountMessage(over->code);
    session.Send(*over);
    co_return;
  }
  if (const MilterRefusal refused = co_await TellData(session)) {
    session.transaction().Reset();
    session.CountMessage(refused->code);
    SendRefusal(session, *refused);
    co_return;
  }
  session.Send(kGoAhead);
  const auto message = BeginMessage(session);
  const bool complete = co_await ReadMessage(session, *message);
  if (complete) {
    co_await FinishMessage(session, *message);
  } else {
    session.transaction().Reset();
  }
}

}  // namespace posthorn::smtp
