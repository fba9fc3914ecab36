#include "mailstore/outbound/outgoing_scan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "mail/header.h"

namespace posthorn::store {
namespace {

constexpr size_t kMostHeader = 1 << 20;
constexpr char kEnd[] = "\r\n\r\n";
constexpr size_t kEndSize = 4;

// The field must not come twice; if it does, nobody knows what the sender wants, and TLS is not
// given up.
bool IsTlsOptional(absl::string_view header) {
  bool optional = false;
  int fields = 0;
  mail::HeaderReader reader(header);
  while (const std::optional<mail::HeaderField> field = reader.Next()) {
    if (field->Is("TLS-Required")) {
      ++fields;
      optional = absl::EqualsIgnoreCase(mail::Unfold(field->value), "No");
    }
  }
  return optional && fields == 1;
}

}  // namespace

void OutgoingScan::Feed(absl::string_view frame) {
  needs_.Feed(frame);
  if (!in_body_) {
    // The end may lie across two frames.
    const size_t from = header_.size() < kEndSize ? 0 : header_.size() - (kEndSize - 1);
    const size_t before = header_.size();
    header_.append(frame.data(), frame.size());
    const bool empty = header_.size() >= 2 && header_.compare(0, 2, "\r\n") == 0;
    const size_t end = empty ? 2 : header_.find(kEnd, from);
    if (!empty && end == std::string::npos) {
      if (header_.size() > kMostHeader) {
        in_body_ = too_long_ = true;
        header_.clear();
      }
      return;
    }
    header_.resize(empty ? end : end + kEndSize);
    in_body_ = true;
    frame.remove_prefix(header_.size() - before);
  }
  if (body_.has_value() && !too_long_) {
    body_->Update(frame);
  }
}

OutgoingScan::Learnt OutgoingScan::Finish() {
  const bool tls_optional = IsTlsOptional(header_);
  Learnt learnt{
      .header = std::move(header_), .needs = needs_.Finish(), .tls_optional = tls_optional};
  if (body_.has_value()) {
    learnt.body_hash = body_->Finish();
  }
  return learnt;
}

}  // namespace posthorn::store
