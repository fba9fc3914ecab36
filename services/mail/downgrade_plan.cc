#include "mail/downgrade_plan.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace posthorn::mail {
namespace {

constexpr uint64_t kBlockOctets = 64;
constexpr uint64_t kMaxLineOctets = 998;  // RFC 5322 2.1.1

bool Is(const Part& part, absl::string_view type, absl::string_view subtype) {
  return absl::EqualsIgnoreCase(part.type, type) && absl::EqualsIgnoreCase(part.subtype, subtype);
}

absl::Status CannotChange(absl::string_view why) { return absl::FailedPreconditionError(why); }

}  // namespace

// Walks over the parts in their order, which is that of their offsets.
class DowngradeScan::Planner {
 public:
  Planner(const MessageStructure& structure, const std::vector<bool>& marks)
      : structure_(structure), marks_(marks) {}

  absl::StatusOr<DowngradePlan> Plan() {
    plan_.size = structure_.size;
    if (std::find(marks_.begin(), marks_.end(), true) == marks_.end()) {
      return std::move(plan_);
    }
    if (structure_.parts.size() + 1 >= limits_.max_parts) {
      return CannotChange("the message has too many parts");
    }
    size_t index = 0;
    const absl::Status status = PlanPart(&index, /*is_message=*/true, /*depth=*/1);
    if (!status.ok()) {
      return status;
    }
    return std::move(plan_);
  }

 private:
  // Whether octets in there need more than 7 bits.
  bool Marked(uint64_t offset, uint64_t size) const {
    if (size == 0) {
      return false;
    }
    const auto first = marks_.begin() + static_cast<ptrdiff_t>(offset / kBlockOctets);
    const auto last = marks_.begin() + static_cast<ptrdiff_t>((offset + size - 1) / kBlockOctets);
    return std::find(first, last + 1, true) != last + 1;
  }
  bool BodyMarked(const Part& part) const { return Marked(part.body_offset, part.body_size); }

  void PutHeader(const Part& part, DowngradeRegion::Kind kind, TransferEncoding to) {
    if (part.header_size > 0) {
      plan_.regions.push_back(
          {.offset = part.header_offset, .size = part.header_size, .kind = kind, .to = to});
    }
  }
  void ChangeHeader(const Part& part, bool is_message, TransferEncoding to) {
    PutHeader(
        part,
        is_message ? DowngradeRegion::Kind::kMessageHeader : DowngradeRegion::Kind::kPartHeader,
        to);
  }

  // RFC 2045 6.2: what holds 7-bit octets need not say more.
  void Relabel(const Part& part, bool is_message) {
    if (absl::EqualsIgnoreCase(part.encoding, "8bit") ||
        absl::EqualsIgnoreCase(part.encoding, "binary")) {
      ChangeHeader(part, is_message, TransferEncoding::kIdentity);
    } else if (Marked(part.header_offset, part.header_size)) {
      PutHeader(part, DowngradeRegion::Kind::kKeptHeader, TransferEncoding::kIdentity);
    }
  }

  absl::Status PlanPart(size_t* index, bool is_message, size_t depth) {
    const Part& part = structure_.parts[*index];
    if (part.header_size > limits_.max_header_bytes) {
      return CannotChange("a header is too long");
    }
    if (depth >= limits_.max_depth && BodyMarked(part)) {
      return CannotChange("the parts are nested too deep");
    }
    if (!part.IsMultipart() && !part.IsMessage()) {
      ++*index;
      return PlanLeaf(part, is_message);
    }
    Relabel(part, is_message);
    if (Is(part, "multipart", "signed")) {
      if (BodyMarked(part)) {
        return CannotChange("8-bit parts are signed");
      }
      *index = structure_.EndOfSubtree(*index);
      return absl::OkStatus();
    }
    ++*index;
    for (uint32_t child = 0; child < part.child_count; ++child) {
      absl::Status status = PlanPart(index, part.IsMessage(), depth + 1);
      if (!status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status PlanLeaf(const Part& part, bool is_message) {
    const TransferEncoding from = ParseTransferEncoding(part.encoding);
    if (!BodyMarked(part)) {
      Relabel(part, is_message);
      return absl::OkStatus();
    }
    if (from == TransferEncoding::kUnknown) {
      return CannotChange("an 8-bit part has an unknown encoding");
    }
    // RFC 2046 5.2.2, 5.2.3: these are 7bit by definition, and nothing else.
    if (Is(part, "message", "partial") || Is(part, "message", "external-body")) {
      return CannotChange("an 8-bit part may not be encoded");
    }
    TransferEncoding to = from;
    if (from == TransferEncoding::kIdentity) {
      const bool text = part.IsText() || absl::EqualsIgnoreCase(part.type, "message");
      to = text ? TransferEncoding::kQuotedPrintable : TransferEncoding::kBase64;
      ChangeHeader(part, is_message, to);
    } else {
      PutHeader(part, DowngradeRegion::Kind::kKeptHeader, to);
    }
    plan_.regions.push_back(
        {.offset = part.body_offset, .size = part.body_size, .from = from, .to = to});
    return absl::OkStatus();
  }

  const MessageStructure& structure_;
  const std::vector<bool>& marks_;
  const ScanLimits limits_;
  DowngradePlan plan_;
};

void DowngradeScan::Mark(uint64_t offset) { marks_[offset / kBlockOctets] = true; }

void DowngradeScan::Feed(absl::string_view frame) {
  scanner_.Feed(frame);
  marks_.resize((offset_ + frame.size() + kBlockOctets - 1) / kBlockOctets);
  for (const char c : frame) {
    const bool line_end = cr_ && c == '\n';
    if (cr_ && !line_end) {
      Mark(offset_ - 1);
    }
    cr_ = c == '\r';
    line_octets_ += cr_ || c == '\n' ? 0 : 1;
    if (static_cast<unsigned char>(c) > 127 || c == '\0' || (c == '\n' && !line_end) ||
        line_octets_ > kMaxLineOctets) {
      Mark(offset_);
    }
    if (c == '\n') {
      line_octets_ = 0;
    }
    ++offset_;
  }
}

absl::StatusOr<DowngradePlan> DowngradeScan::Finish() {
  if (cr_) {
    Mark(offset_ - 1);
  }
  const MessageStructure structure = scanner_.Finish();
  return Planner(structure, marks_).Plan();
}

}  // namespace posthorn::mail
