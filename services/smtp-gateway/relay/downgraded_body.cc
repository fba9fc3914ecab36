#include "smtp-gateway/relay/downgraded_body.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "mail/downgrade.h"

namespace posthorn::relay {
namespace {

constexpr absl::string_view kSignature = "DKIM-Signature:";

// Where the first field begins that is no signature; nothing if that is not to be seen yet.
std::optional<size_t> BehindSignatures(absl::string_view text) {
  size_t at = 0;
  while (absl::StartsWithIgnoreCase(text.substr(at), kSignature)) {
    size_t end = text.find("\r\n", at);
    while (end != absl::string_view::npos && end + 2 < text.size() &&
           (text[end + 2] == ' ' || text[end + 2] == '\t')) {
      end = text.find("\r\n", end + 2);
    }
    if (end == absl::string_view::npos || end + 2 >= text.size()) {
      return std::nullopt;
    }
    at = end + 2;
  }
  const absl::string_view rest = text.substr(at, kSignature.size());
  const bool may_become_one =
      rest.size() < kSignature.size() && absl::StartsWithIgnoreCase(kSignature, rest);
  return may_become_one ? std::nullopt : std::optional<size_t>(at);
}

// A message without the signatures that stand before it: they do not hold for what is made of it,
// and one that does not hold is worse than none (RFC 6376 5.3).
class UnsignedBody final : public client::Body {
 public:
  explicit UnsignedBody(std::unique_ptr<client::Body> original) : original_(std::move(original)) {}

  asio::awaitable<absl::StatusOr<absl::string_view>> Next() override {
    while (!begun_) {
      const auto piece = co_await original_->Next();
      if (!piece.ok()) {
        co_return piece.status();
      }
      start_.append(piece->data(), piece->size());
      const auto at = BehindSignatures(start_);
      begun_ = at.has_value() || piece->empty() || start_.size() > kMostSignatures;
      const absl::string_view rest = absl::string_view(start_).substr(at.value_or(0));
      if (begun_ && (!rest.empty() || piece->empty())) {
        co_return rest;
      }
    }
    start_.clear();
    co_return co_await original_->Next();
  }

 private:
  static constexpr size_t kMostSignatures = 64 * 1024;

  const std::unique_ptr<client::Body> original_;
  std::string start_;
  bool begun_ = false;
};

class DowngradedBody final : public client::Body {
 public:
  DowngradedBody(std::unique_ptr<client::Body> original, mail::DowngradePlan plan)
      : original_(std::move(original)), downgrader_(std::move(plan)) {}

  asio::awaitable<absl::StatusOr<absl::string_view>> Next() override {
    out_.clear();
    while (out_.empty() && !ended_) {
      const auto piece = co_await original_->Next();
      if (!piece.ok()) {
        co_return piece.status();
      }
      ended_ = piece->empty();
      const absl::Status status =
          ended_ ? downgrader_.Finish(&out_) : downgrader_.Feed(*piece, &out_);
      if (!status.ok()) {
        co_return status;
      }
    }
    co_return absl::string_view(out_);
  }

 private:
  const std::unique_ptr<client::Body> original_;
  mail::Downgrader downgrader_;
  std::string out_;
  bool ended_ = false;
};

}  // namespace

asio::awaitable<absl::StatusOr<std::unique_ptr<client::Body>>> Downgrade(
    WorkSource& source, asio::any_io_executor executor, uint64_t message_id) {
  mail::DowngradeScan scan;
  UnsignedBody first(source.Open(executor, message_id));
  while (true) {
    const auto piece = co_await first.Next();
    if (!piece.ok()) {
      co_return piece.status();
    }
    if (piece->empty()) {
      break;
    }
    scan.Feed(*piece);
  }
  auto plan = scan.Finish();
  if (!plan.ok()) {
    co_return plan.status();
  }
  auto original = std::make_unique<UnsignedBody>(source.Open(executor, message_id));
  std::unique_ptr<client::Body> body =
      std::make_unique<DowngradedBody>(std::move(original), *std::move(plan));
  co_return std::move(body);
}

}  // namespace posthorn::relay
