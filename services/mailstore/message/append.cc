#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/status.h"
#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/delivery/incoming_body.h"
#include "mailstore/message/flag_arguments.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/account_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kKeySize = 16;
constexpr size_t kMaxMessages = 1'000;
// Octets of one call that wait in memory for its transaction: bodies beyond the first limit are
// uploaded, and beyond the second, which what was learnt of the messages alone can reach, the call
// is refused.
constexpr size_t kSpillAt = 256 << 10;
constexpr size_t kMaxHeld = 4 << 20;
constexpr uint64_t kAskQuotaFrom = 32 << 10;

absl::Status TooMany(absl::string_view what) {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                        what);
}

absl::Status CheckMessage(const v1::AppendMessage& message, uint64_t max_size) {
  if (message.size() > max_size) {
    return rpc::MakeError(absl::StatusCode::kInvalidArgument, v1::ErrorDetail::REASON_TOO_LARGE,
                          "the message is larger than this server takes");
  }
  return CheckFlags(message.flags(), message.keywords());
}

// RFC 4314 4: flags that the writer has no right to set are left out.
AppendOp::Item ItemOf(const v1::AppendMessage& message, const FlagMask& changeable) {
  std::vector<std::string> keywords;
  if (changeable.keywords) {
    keywords.assign(message.keywords().begin(), message.keywords().end());
  }
  return {.internal_date = message.has_internal_date_unix_seconds()
                               ? message.internal_date_unix_seconds()
                               : absl::ToUnixSeconds(absl::Now()),
          .flags = changeable.Of(message.flags()),
          .keywords = std::move(keywords)};
}

// Takes the frames of one call and makes the operation's items of them.
class Receiver {
 public:
  Receiver(Store& store, const AuthorizedMailbox& mailbox, int64_t freed)
      : store_(store),
        account_(mailbox.account),
        changeable_(ChangeableFlags(mailbox.rights)),
        freed_(freed) {}

  asio::awaitable<absl::Status> Take(const v1::AppendRequest& request) {
    if (request.has_message()) {
      const absl::Status begun = co_await Begin(request);
      if (!begun.ok()) {
        co_return begun;
      }
    }
    if (body_ != nullptr) {
      co_return co_await body_->Feed(request.data());
    }
    co_return request.data().empty() ? absl::OkStatus()
                                     : absl::InvalidArgumentError("octets before a message");
  }

  asio::awaitable<absl::Status> End() {
    if (body_ == nullptr) {
      co_return absl::InvalidArgumentError("no message came");
    }
    co_return co_await EndMessage();
  }

  std::vector<AppendOp::Item> TakeItems() { return std::move(items_); }

 private:
  asio::awaitable<absl::Status> Begin(const v1::AppendRequest& request) {
    const v1::AppendMessage& message = request.message();
    if (body_ != nullptr) {
      const absl::Status ended = co_await EndMessage();
      if (!ended.ok()) {
        co_return ended;
      }
    }
    const absl::Status valid = CheckMessage(message, store_.options().max_message_bytes);
    if (!valid.ok()) {
      co_return valid;
    }
    if (items_.size() >= kMaxMessages) {
      co_return TooMany("too many messages in one append");
    }
    const absl::Status fits = co_await AskQuota(message.size());
    if (!fits.ok()) {
      co_return fits;
    }
    // One lease at a time: the first message's is given back before the others' is waited for.
    if (items_.size() <= 1) {
      lease_ = MemoryBudget::Lease();
      absl::StatusOr<MemoryBudget::Lease> lease;
      if (items_.empty()) {
        lease = co_await IncomingBody::Reserve(store_, message.size(), request);
      } else {
        lease = co_await store_.budget().Acquire(IncomingBody::MemoryFor(0) * 2);
      }
      if (!lease.ok()) {
        co_return lease.status();
      }
      lease_ = *std::move(lease);
    }
    items_.push_back(ItemOf(message, changeable_));
    body_ = std::make_unique<IncomingBody>(store_, std::vector<AccountId>{account_});
    co_return absl::OkStatus();
  }

  asio::awaitable<absl::Status> EndMessage() {
    AppendOp::Item& item = items_.back();
    if (held_ < kSpillAt) {
      item.message = body_->Finish();
    } else {
      auto spilled = co_await body_->FinishSpilled();
      if (!spilled.ok()) {
        co_return spilled.status();
      }
      item.message = *std::move(spilled);
    }
    item.uploaded = body_->uploaded(account_);
    body_.reset();
    held_ += item.message->envelope.size() + item.message->body_structure.size() +
             item.message->body.size();
    for (const BodyChunk& chunk : item.message->chunks) {
      held_ += chunk.data.size();
    }
    co_return held_ <= kMaxHeld ? absl::OkStatus() : TooMany("the messages have too many parts");
  }

  // Refuses what the quota will refuse in the end, before its octets come; only for messages whose
  // octets cost more than the question.
  asio::awaitable<absl::Status> AskQuota(uint64_t size) {
    if (size < kAskQuotaFrom) {
      co_return absl::OkStatus();
    }
    auto load = [account = account_](
                    Connection& connection) -> absl::StatusOr<std::optional<AccountState>> {
      return LoadAccount(connection, account);
    };
    const auto state = co_await store_.reads().Run(std::move(load));
    if (!state.ok()) {
      co_return state.status();
    }
    announced_ += static_cast<int64_t>(size);
    const int64_t bytes = announced_ - freed_;
    const int64_t messages = static_cast<int64_t>(items_.size()) + (freed_ == 0 ? 1 : 0);
    const bool fits =
        !state->has_value() || (bytes <= 0 && messages <= 0) || FitsQuota(**state, bytes, messages);
    co_return fits ? absl::OkStatus() : OverQuota();
  }

  Store& store_;
  const AccountId account_;
  const FlagMask changeable_;
  const int64_t freed_;    // octets of a message that is replaced
  int64_t announced_ = 0;  // octets of the messages that were asked about
  MemoryBudget::Lease lease_;
  std::unique_ptr<IncomingBody> body_;  // of the message that arrives
  std::vector<AppendOp::Item> items_;
  size_t held_ = 0;
};

absl::Status CheckStart(const v1::AppendStart& start) {
  return start.idempotency_key().size() == kKeySize
             ? absl::OkStatus()
             : absl::InvalidArgumentError("the first frame needs a start, with a key of 16 octets");
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoAppendWhole(const v1::AppendRequest& request,
                                                            v1::AppendResponse& response) {
  if (const absl::Status status = CheckStart(request.start()); !status.ok()) {
    co_return status;
  }
  if (!request.last()) {
    co_return absl::InvalidArgumentError("the messages have not come whole");
  }
  v1::AppendRequest frame = request;
  co_return co_await Receive(nullptr, nullptr, request.start(), frame, response);
}

asio::awaitable<absl::Status> MessageService::DoAppend(grpc::CallbackServerContext& context,
                                                       AppendStream& stream,
                                                       v1::AppendResponse& response) {
  v1::AppendRequest request;
  if (!co_await stream.Read(&request)) {
    co_return absl::CancelledError("no message came");
  }
  const v1::AppendStart start = request.start();
  if (const absl::Status status = CheckStart(start); !status.ok()) {
    co_return status;
  }
  co_return co_await rpc::Logged(start, Receive(&context, &stream, start, request, response));
}

asio::awaitable<absl::Status> MessageService::Receive(grpc::CallbackServerContext* context,
                                                      AppendStream* stream,
                                                      const v1::AppendStart& start,
                                                      v1::AppendRequest& request,
                                                      v1::AppendResponse& response) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets_, start.caller());
  if (!account.ok()) {
    co_return account.status();
  }
  const auto mailbox = co_await FindByName(*account, start.mailbox(), Right::kInsert);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  int64_t freed = 0;
  AppendOp append{.mailbox = *mailbox, .key = start.idempotency_key()};
  if (start.has_replaced()) {
    // RFC 8508 3.2: what it takes to mark the message \Deleted and to expunge it.
    const auto source = co_await Authorize(start.caller(), start.replaced().mailbox(),
                                           Right::kRead | Right::kDeleteMessages | Right::kExpunge);
    if (!source.ok()) {
      co_return source.status();
    }
    append.replaced = AppendOp::Replaced{*source, start.replaced().uid()};
    const auto index = co_await Index(*source);
    if (!index.ok()) {
      co_return index.status();
    }
    if (source->account == mailbox->account) {
      freed =
          (*index)->Read([uid = start.replaced().uid()](const MailboxColumns& columns) -> int64_t {
            const size_t i = columns.Find(uid);
            return i < columns.size() ? columns.sizes[i] : 0;
          });
    }
  }
  Receiver receiver(store_, *mailbox, freed);
  for (bool accepted = false;; accepted = true) {
    if (const absl::Status status = co_await receiver.Take(request); !status.ok()) {
      co_return status;
    }
    if (request.last()) {
      break;
    }
    if (!accepted) {
      context->AddInitialMetadata("accepted", "1");
      stream->StartSendInitialMetadata();
    }
    if (!co_await stream->Read(&request)) {
      co_return absl::CancelledError("the messages were cut off");
    }
  }
  if (const absl::Status status = co_await receiver.End(); !status.ok()) {
    co_return status;
  }
  append.items = receiver.TakeItems();
  const auto op = std::make_shared<Op>(std::move(append));
  const absl::Status status = co_await store_.batcher().Run(op);
  if (status.ok()) {
    const auto& result = std::get<AppendOp>(*op);
    *response.mutable_mailbox() = ToProto(*mailbox);
    response.set_uidvalidity(result.uidvalidity);
    response.set_uid(result.first_uid);
    response.set_messages(result.added);
    response.set_modseq(static_cast<uint64_t>(result.modseq.value()));
  }
  co_return status;
}

}  // namespace posthorn::store
