// BDAT (RFC 3030 2): mail data in counted chunks.
#include "smtp-gateway/parser/bdat.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/client_policy.h"
#include "smtp-gateway/session/message_acceptance.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kSyntax{501, "5.5.4", "Syntax: BDAT octets [LAST], closing connection"};
constexpr Reply kOutOfOrder{503, "5.5.1", "Send MAIL and RCPT first"};
constexpr Reply kNoRecipients{554, "5.5.1", "No valid recipients"};
constexpr Reply kTooLarge{552, "5.3.4", "Message is larger than this server takes"};
constexpr Reply kBareLineEnd{550, "5.6.11", "Lines must end in CRLF: bare CR or LF refused"};
constexpr Reply kLineTooLong{554, "5.6.0", "A line of the message is too long"};

// Passes over a chunk that is not wanted. False when the session has ended.
asio::awaitable<bool> SkipChunk(Session& session, uint64_t octets, DataRate& rate) {
  if (!session.Discard(octets)) {
    co_return false;
  }
  while (octets > 0) {
    while (session.input().empty()) {
      const bool filled = co_await session.FillData(rate);
      if (!filled) {
        co_return false;
      }
    }
    const uint64_t piece = std::min<uint64_t>(octets, session.input().size());
    session.Consume(piece);
    octets -= piece;
  }
  co_return true;
}

// Refuses the message for what its lines look like.
void CheckLines(Session& session, Transaction& transaction, LineChecker::Status status) {
  if (status == LineChecker::Status::kBareLineEnd) {
    session.CountAbuse("bare_line_end");
    transaction.chunks->Refuse(kBareLineEnd);
  } else if (status == LineChecker::Status::kLineTooLong) {
    transaction.chunks->Refuse(kLineTooLong);
  }
}

// Takes a chunk into the message. False when the session has ended.
asio::awaitable<bool> ReadChunk(Session& session, uint64_t octets, DataRate& rate) {
  Transaction& transaction = session.transaction();
  MessageReceiver& message = *transaction.chunks;
  while (octets > 0) {
    if (message.refused()) {
      co_return co_await SkipChunk(session, octets, rate);
    }
    while (session.input().empty()) {
      const bool filled = co_await session.FillData(rate);
      if (!filled) {
        co_return false;
      }
    }
    const std::string_view piece =
        session.input().substr(0, std::min<uint64_t>(octets, message.Room()));
    const auto status = transaction.chunk_lines->Feed(piece);
    message.frame()->append(piece);
    session.Consume(piece.size());
    octets -= piece.size();
    CheckLines(session, transaction, status);
    co_await message.Push();
  }
  co_return true;
}

}  // namespace

asio::awaitable<void> RunBdat(Session& session, std::string_view arguments) {
  const auto chunk = ParseBdat(arguments);
  if (!chunk) {
    // Octets follow, nobody knows how many: they must not be taken for commands.
    session.SendAndClose(kSyntax);
    co_return;
  }
  const Limits& limits = session.server().limits;
  DataRate rate(limits.data_rate, limits.data_rate_grace);
  Transaction& transaction = session.transaction();
  if (!transaction.started || transaction.recipients.empty()) {
    const bool started = transaction.started;
    const bool skipped = co_await SkipChunk(session, chunk->size, rate);
    if (skipped) {
      transaction.Reset();
      session.Send(started ? kNoRecipients : kOutOfOrder);
    }
    co_return;
  }
  if (!transaction.chunks) {
    transaction.chunks = BeginMessage(session);
    if (const std::optional<Reply> over = co_await CheckRates(session)) {
      transaction.chunks->Refuse(*over);
    } else if (MilterRefusal refused = co_await TellData(session)) {
      transaction.chunks->Refuse(*std::move(refused));
    }
    const bool binary = transaction.envelope.body() == v1::BODY_KIND_BINARYMIME;
    transaction.chunk_lines.emplace(
        limits.text_line, binary ? LineChecker::Scope::kHeader : LineChecker::Scope::kAll);
  }
  if (chunk->size > limits.message_octets - transaction.chunks->octets()) {
    transaction.chunks->Refuse(kTooLarge);
  }
  const bool read = co_await ReadChunk(session, chunk->size, rate);
  if (!read) {
    transaction.Reset();
    co_return;
  }
  if (chunk->last && !transaction.chunks->refused()) {
    CheckLines(session, transaction, transaction.chunk_lines->Finish());
  }
  if (transaction.chunks->refused()) {
    // RFC 3030 2: the transaction has failed; chunks that follow find none.
    const auto message = std::move(transaction.chunks);
    RefuseMessage(session, *message, chunk->last ? Replies::kFinal : Replies::kOne);
  } else if (chunk->last) {
    const auto message = std::move(transaction.chunks);
    co_await FinishMessage(session, *message);
  } else {
    session.Send(250, "2.0.0", absl::StrCat(chunk->size, " octets received"));
  }
}

std::string BdatKeyword(const Session&) { return "CHUNKING"; }

}  // namespace posthorn::smtp
