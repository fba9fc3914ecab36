#include "smtp-gateway/client/transaction.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/client/transaction_run.h"

namespace posthorn::client {

asio::awaitable<TransactionResult> TransactionRun::All() {
  absl::Status status = co_await Envelope();
  if (status.ok() && go_on_) {
    status = transaction_.chunking ? co_await Chunks() : co_await Data();
  }
  if (!status.ok() && result_.broken == Broken::kNothing) {
    result_.broken = Broken::kConnection;
  }
  result_.error = status;
  result_.connection_usable = status.ok();
  co_return std::move(result_);
}

void TransactionRun::Decide(const Reply& reply) {
  for (auto& known : result_.replies) {
    if (!known.has_value()) {
      known = reply;
    }
  }
}

bool TransactionRun::AnyAccepted() const {
  for (const auto& known : result_.replies) {
    if (!known.has_value()) {
      return true;
    }
  }
  return false;
}

absl::Status TransactionRun::Blame(Broken broken, absl::Status status) {
  if (!status.ok()) {
    result_.broken = broken;
  }
  return status;
}

// RFC 5321 3.8: a 421 may come at any time, and the server closes after it.
asio::awaitable<absl::StatusOr<Reply>> TransactionRun::Next(std::chrono::milliseconds timeout) {
  absl::StatusOr<Reply> reply = co_await connection_.ReadReply(timeout);
  if (reply.ok() && reply->code == 421) {
    Decide(*reply);
    co_return absl::UnavailableError(reply->Text());
  }
  co_return reply;
}

asio::awaitable<absl::Status> TransactionRun::ReadMailReply() {
  auto reply = co_await Next(connection_.timeouts().command);
  if (!reply.ok()) {
    co_return reply.status();
  }
  mail_accepted_ = reply->positive();
  if (!mail_accepted_) {
    Decide(*reply);
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> TransactionRun::ReadRcptReply(size_t i) {
  auto reply = co_await Next(connection_.timeouts().command);
  if (!reply.ok()) {
    co_return reply.status();
  }
  // After a refused MAIL it only says that there was none.
  if (mail_accepted_ && !reply->positive()) {
    result_.replies[i] = *std::move(reply);
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> TransactionRun::ReadDataReply() {
  auto reply = co_await Next(connection_.timeouts().data_start);
  if (!reply.ok()) {
    co_return reply.status();
  }
  go_on_ = reply->code == 354;
  if (!go_on_) {
    Decide(*reply);
    co_return absl::OkStatus();
  }
  if (connection_.HasUnaskedInput()) {
    co_return absl::InvalidArgumentError("a reply that was not asked for");
  }
  if (AnyAccepted()) {
    co_return absl::OkStatus();
  }
  // RFC 2920 3.1: no recipient, and yet data are wanted: an empty message.
  go_on_ = false;
  const absl::Status sent = co_await connection_.Send(".\r\n", connection_.timeouts().command);
  if (!sent.ok()) {
    co_return sent;
  }
  co_return (co_await Next(connection_.timeouts().data_end)).status();
}

asio::awaitable<absl::Status> TransactionRun::PipelinedEnvelope() {
  std::string commands = absl::StrCat(transaction_.reset ? "RSET\r\n" : "", transaction_.mail);
  for (const std::string& recipient : transaction_.recipients) {
    commands += recipient;
  }
  if (!transaction_.chunking) {
    commands += "DATA\r\n";
  }
  absl::Status status = co_await connection_.Send(commands, connection_.timeouts().command);
  if (status.ok() && transaction_.reset) {
    status = (co_await Next(connection_.timeouts().command)).status();
  }
  if (status.ok()) {
    status = co_await ReadMailReply();
  }
  for (size_t i = 0; status.ok() && i < transaction_.recipients.size(); ++i) {
    status = co_await ReadRcptReply(i);
  }
  if (status.ok() && !transaction_.chunking) {
    status = co_await ReadDataReply();
  }
  co_return status;
}

asio::awaitable<absl::Status> TransactionRun::Envelope() {
  if (connection_.HasUnaskedInput()) {
    co_return absl::InvalidArgumentError("a reply that was not asked for");
  }
  absl::Status status;
  if (transaction_.pipelining) {
    status = co_await PipelinedEnvelope();
  } else {
    const auto timeout = connection_.timeouts().command;
    if (transaction_.reset) {
      status = (co_await connection_.Ask("RSET", timeout)).status();
    }
    if (status.ok()) {
      status = co_await connection_.Send(transaction_.mail, timeout);
    }
    if (status.ok()) {
      status = co_await ReadMailReply();
    }
    for (size_t i = 0; status.ok() && mail_accepted_ && i < transaction_.recipients.size(); ++i) {
      status = co_await connection_.Send(transaction_.recipients[i], timeout);
      if (status.ok()) {
        status = co_await ReadRcptReply(i);
      }
    }
    if (status.ok() && mail_accepted_ && AnyAccepted() && !transaction_.chunking) {
      status = co_await AskForData();
    }
  }
  if (transaction_.chunking) {
    go_on_ = mail_accepted_ && AnyAccepted();
  }
  // RFC 5321 4.1.4: what was begun and has no message must be taken back.
  result_.reset_needed = mail_accepted_ && !go_on_;
  co_return status;
}

asio::awaitable<absl::Status> TransactionRun::AskForData() {
  const absl::Status sent =
      co_await connection_.Send("DATA\r\n", connection_.timeouts().data_start);
  if (!sent.ok()) {
    co_return sent;
  }
  co_return co_await ReadDataReply();
}

asio::awaitable<TransactionResult> RunTransaction(Connection& connection,
                                                  const Transaction& transaction, Body& body,
                                                  EndPermit& permit) {
  TransactionRun run(connection, transaction, body, permit);
  co_return co_await run.All();
}

}  // namespace posthorn::client
