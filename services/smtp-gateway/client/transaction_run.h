// The steps of one transaction: its envelope (transaction.cc) and its message
// (transaction_message.cc).
#pragma once

#include <chrono>

#include "smtp-gateway/client/transaction.h"

namespace posthorn::client {

// Each step returns an error when the connection is of no use any more.
class TransactionRun {
 public:
  TransactionRun(Connection& connection, const Transaction& transaction, Body& body,
                 EndPermit& permit)
      : connection_(connection), transaction_(transaction), body_(body), permit_(permit) {
    result_.replies.resize(transaction.recipients.size());
  }

  asio::awaitable<TransactionResult> All();

 private:
  asio::awaitable<absl::Status> Envelope();
  asio::awaitable<absl::Status> PipelinedEnvelope();
  asio::awaitable<absl::Status> ReadMailReply();
  asio::awaitable<absl::Status> ReadRcptReply(size_t i);
  asio::awaitable<absl::Status> ReadDataReply();
  asio::awaitable<absl::Status> AskForData();
  asio::awaitable<absl::Status> Data();
  asio::awaitable<absl::Status> Chunks();
  asio::awaitable<absl::Status> SendChunk(absl::string_view octets, bool last);
  asio::awaitable<absl::Status> SendBlock(absl::string_view octets);
  asio::awaitable<absl::Status> ReadEndReplies();
  // What decides for all recipients that nothing was decided for.
  void Decide(const Reply& reply);
  bool AnyAccepted() const;
  // `status`, noted as what broke the transaction if it is an error.
  absl::Status Blame(Broken broken, absl::Status status);
  asio::awaitable<absl::StatusOr<Reply>> Next(std::chrono::milliseconds timeout);

  Connection& connection_;
  const Transaction& transaction_;
  Body& body_;
  EndPermit& permit_;
  TransactionResult result_;
  bool mail_accepted_ = false;
  bool go_on_ = false;  // the message itself is wanted
};

}  // namespace posthorn::client
