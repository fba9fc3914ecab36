#include <utility>

#include "absl/strings/str_cat.h"
#include "common/failpoint/failpoint.h"
#include "smtp-gateway/client/dot_stuffer.h"
#include "smtp-gateway/client/transaction_run.h"

namespace posthorn::client {
namespace {

constexpr size_t kBlock = 64 * 1024;
// How long an error may take to come after a write that failed.
constexpr std::chrono::seconds kLastWords{5};

}  // namespace

asio::awaitable<absl::Status> TransactionRun::SendBlock(absl::string_view octets) {
  const absl::Status sent = co_await connection_.Send(octets, connection_.timeouts().data_block);
  if (!sent.ok()) {
    // A server that closes in the middle may have said why.
    const auto reply = co_await connection_.ReadReply(kLastWords);
    if (reply.ok() && !reply->positive()) {
      Decide(*reply);
    }
  }
  co_return sent;
}

asio::awaitable<absl::Status> TransactionRun::Data() {
  permit_.Ask();
  DotStuffer stuffer;
  std::string out;
  absl::Status status;
  while (true) {
    const auto piece = co_await body_.Next();
    status = Blame(Broken::kBody, piece.status());
    if (status.ok() && !piece->empty()) {
      status = Blame(Broken::kContent, stuffer.Append(*piece, out));
    }
    if (!status.ok() || piece->empty()) {
      break;
    }
    if (out.size() >= kBlock) {
      status = co_await SendBlock(out);
      out.clear();
    }
    if (!status.ok()) {
      break;
    }
  }
  if (status.ok()) {
    status = Blame(Broken::kContent, stuffer.Finish(out));
  }
  // Waited for in any case: whoever was asked must have answered before this ends.
  const absl::Status permitted = co_await permit_.Wait();
  if (status.ok()) {
    status = Blame(Broken::kPermit, permitted);
  }
  if (!status.ok()) {
    co_return status;  // the connection is closed without the dot
  }
  co_await failpoint::Halt(failpoint::Point::kRelayTalkPermitted);
  result_.end_sent = true;
  status = co_await SendBlock(out);
  if (!status.ok()) {
    co_return status;
  }
  co_return co_await ReadEndReplies();
}

asio::awaitable<absl::Status> TransactionRun::SendChunk(absl::string_view octets, bool last) {
  const std::string command =
      absl::StrCat("BDAT ", octets.size(), last ? " LAST\r\n" : "\r\n", octets);
  result_.end_sent = last;
  const absl::Status status = co_await SendBlock(command);
  if (!status.ok() || last) {
    co_return status;
  }
  auto reply = co_await Next(connection_.timeouts().data_block);
  if (!reply.ok()) {
    co_return reply.status();
  }
  if (!reply->positive()) {
    Decide(*reply);
    // RFC 3030 2: the transaction is over for the server, or stuck.
    result_.reset_needed = true;
    go_on_ = false;
  }
  co_return absl::OkStatus();
}

// RFC 3030. The last piece is held back until it is known to be the last.
asio::awaitable<absl::Status> TransactionRun::Chunks() {
  permit_.Ask();
  std::string chunk;
  absl::Status status;
  while (status.ok() && go_on_) {
    const auto piece = co_await body_.Next();
    status = Blame(Broken::kBody, piece.status());
    if (!status.ok() || piece->empty()) {
      break;
    }
    if (chunk.size() >= kBlock) {
      status = co_await SendChunk(chunk, false);
      chunk.clear();
    }
    absl::StrAppend(&chunk, *piece);
  }
  const absl::Status permitted = co_await permit_.Wait();
  if (status.ok() && go_on_) {
    status = Blame(Broken::kPermit, permitted);
  }
  if (!status.ok() || !go_on_) {
    co_return status;
  }
  co_await failpoint::Halt(failpoint::Point::kRelayTalkPermitted);
  status = co_await SendChunk(chunk, true);
  if (!status.ok()) {
    co_return status;
  }
  co_return co_await ReadEndReplies();
}

asio::awaitable<absl::Status> TransactionRun::ReadEndReplies() {
  co_await failpoint::Halt(failpoint::Point::kRelayTalkDotSent);
  for (auto& known : result_.replies) {
    if (known.has_value()) {
      continue;
    }
    auto reply = co_await Next(connection_.timeouts().data_end);
    if (!reply.ok()) {
      co_return reply.status();
    }
    if (!transaction_.lmtp) {
      Decide(*reply);
      co_return absl::OkStatus();
    }
    known = *std::move(reply);
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::client
