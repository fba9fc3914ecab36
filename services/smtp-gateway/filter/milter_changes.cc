#include "smtp-gateway/filter/milter_changes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

namespace posthorn::filter::milter {
namespace {

constexpr int kMaxChanges = 10'000;  // replies, parts of a body among them
constexpr size_t kMaxRecipients = 1'000;
constexpr size_t kMaxLine = 1 << 20;  // as Limits::text_line

absl::Status Refused(const char* reason) { return absl::InvalidArgumentError(reason); }

}  // namespace

Changes::Changes(const Envelope& envelope, const HeldMessage& message, uint32_t capabilities,
                 uint64_t largest_body)
    : message_(message),
      capabilities_(capabilities),
      largest_body_(largest_body),
      envelope_(envelope),
      header_(message.header),
      lines_(kMaxLine) {}

absl::Status Changes::ChangeHeader(const Reply& reply) {
  using Kind = Reply::Kind;
  if (reply.kind == Kind::kAddHeader) {
    return header_.Add(reply.first, reply.second);
  }
  if (reply.kind == Kind::kInsertHeader) {
    return header_.Insert(reply.index, reply.first, reply.second);
  }
  if (!reply.second.empty()) {
    return header_.Change(reply.first, reply.index, reply.second);
  }
  header_.Remove(reply.first, static_cast<int32_t>(std::clamp<uint32_t>(reply.index, 1, 1 << 20)));
  return absl::OkStatus();
}

absl::Status Changes::ReplaceBody(absl::string_view octets) {
  if (!body_) {
    body_ = message_.body.Another();
  }
  if (body_->size() + octets.size() > largest_body_) {
    return absl::ResourceExhaustedError("the body of a milter is too long");
  }
  // A lone CR or LF would be an end of the data to some server on the way.
  if (lines_.Feed({octets.data(), octets.size()}) != smtp::LineChecker::Status::kOk) {
    return Refused("the body of a milter is not of lines");
  }
  return body_->Append(octets);
}

absl::Status Changes::ChangeRecipients(const Reply& reply) {
  std::vector<std::string>& recipients = envelope_.recipients;
  const auto found =
      std::find_if(recipients.begin(), recipients.end(), [&reply](const std::string& recipient) {
        return absl::EqualsIgnoreCase(recipient, reply.first);
      });
  if (reply.kind == Reply::Kind::kDeleteRecipient) {
    if (found != recipients.end()) {
      recipients.erase(found);
    }
  } else if (found == recipients.end()) {
    if (recipients.size() >= kMaxRecipients) {
      return absl::ResourceExhaustedError("a milter adds too many recipients");
    }
    recipients.push_back(reply.first);
  }
  return absl::OkStatus();
}

absl::Status Changes::Add(const Reply& reply) {
  using Kind = Reply::Kind;
  if (++count_ > kMaxChanges) {
    return absl::ResourceExhaustedError("a milter changes too much");
  }
  const auto may = [this](uint32_t capability) { return (capabilities_ & capability) != 0; };
  const absl::Status not_asked = Refused("a milter does what it has not asked leave for");
  switch (reply.kind) {
    case Kind::kAddHeader:
    case Kind::kInsertHeader:
      return may(kAddHeaders) ? ChangeHeader(reply) : not_asked;
    case Kind::kChangeHeader:
      return may(kChangeHeaders) ? ChangeHeader(reply) : not_asked;
    case Kind::kReplaceBody:
      return may(kChangeBody) ? ReplaceBody(reply.first) : not_asked;
    case Kind::kAddRecipient:
      return may(kAddRecipients | kAddRecipientsWithParameters) ? ChangeRecipients(reply)
                                                                : not_asked;
    case Kind::kDeleteRecipient:
      return may(kDeleteRecipients) ? ChangeRecipients(reply) : not_asked;
    case Kind::kChangeSender:
      envelope_.reverse_path = reply.first;
      return may(kChangeSender) ? absl::OkStatus() : not_asked;
    case Kind::kQuarantine:
      quarantined_ = true;
      return may(kQuarantine) ? absl::OkStatus() : not_asked;
    default:
      return Refused("a reply of a milter that does not belong there");
  }
}

absl::Status Changes::Finish() {
  return lines_.Finish() == smtp::LineChecker::Status::kOk
             ? absl::OkStatus()
             : Refused("the body of a milter ends within a line end");
}

void Changes::Apply(Envelope& envelope, HeldMessage& message) && {
  envelope = std::move(envelope_);
  message.header = header_.Finish();
  if (body_) {
    if (!absl::EndsWith(message.header, "\r\n\r\n") && message.header != "\r\n") {
      message.header += "\r\n";  // there was no body before
    }
    message.body = *std::move(body_);
  }
}

}  // namespace posthorn::filter::milter
