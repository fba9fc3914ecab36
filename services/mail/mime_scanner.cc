#include "mail/mime_scanner.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "mail/header_parser.h"
#include "mail/part_stack.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {
namespace {

bool IsMessageType(const Part& part) {
  return absl::EqualsIgnoreCase(part.type, "message") &&
         (absl::EqualsIgnoreCase(part.subtype, "rfc822") ||
          absl::EqualsIgnoreCase(part.subtype, "global"));
}

void MakeText(Part* part) {
  part->type = "text";
  part->subtype = "plain";
  part->params = {{"charset", "us-ascii"}};
}

void MakeOpaque(Part* part) {
  part->type = "application";
  part->subtype = "octet-stream";
}

}  // namespace

// A state machine over lines. Of a line that does not end with its frame only the start is kept,
// as long as a boundary can be. The innermost open part is either in its header, which is collected
// in header_ until it can be parsed, or in its body, where nothing but boundaries matters.
class MimeScanner::Impl {
 public:
  explicit Impl(const ScanLimits& limits) : limits_(limits), budget_(limits.max_retained_bytes) {
    Open(/*embedded=*/false);
  }

  void Feed(absl::string_view frame);
  MessageStructure Finish();

 private:
  // Boundaries that still count.
  bool WatchesBoundaries() const { return !full_ && stack_.has_boundaries(); }
  void SkipBodyLines(absl::string_view* frame);
  void TakeLine(absl::string_view* frame);
  void EndLine(absl::string_view line, unsigned line_end);
  bool TakeBoundary(absl::string_view line);

  void Open(bool embedded);
  void FinishHeader(uint64_t body_offset);
  void EnterBody(ContentTypeSource source, std::string boundary);
  uint64_t CloseTop(uint64_t end, unsigned line_end, uint64_t children_end);

  const ScanLimits limits_;
  RetainBudget budget_;
  MessageStructure result_;
  PartStack stack_;
  bool in_body_ = false;
  bool full_ = false;  // max_parts is reached

  uint64_t offset_ = 0;         // octets taken
  uint64_t line_feeds_ = 0;     // whole lines taken
  unsigned last_line_end_ = 0;  // octets of the last line end: 1 or 2
  uint64_t line_size_ = 0;      // octets of the current line taken so far
  char last_octet_ = 0;         // of the current line
  std::string line_start_;      // the first octets of a line that came in pieces
  std::string header_;          // of the innermost part, up to max_header_bytes
  size_t header_line_ = 0;      // where the current line starts in it
};

void MimeScanner::Impl::Feed(absl::string_view frame) {
  while (!frame.empty()) {
    if (in_body_ && line_size_ == 0) {
      SkipBodyLines(&frame);
    }
    if (!frame.empty()) {
      TakeLine(&frame);
    }
  }
}

// Takes whole lines that cannot be boundaries, which is nearly all of most messages.
void MimeScanner::Impl::SkipBodyLines(absl::string_view* frame) {
  const char* at = frame->data();
  const char* const end = at + frame->size();
  if (!WatchesBoundaries()) {
    line_feeds_ += static_cast<uint64_t>(std::count(at, end, '\n'));
    at = end;
  }
  while (at < end && *at != '-') {
    const auto* lf = static_cast<const char*>(memchr(at, '\n', static_cast<size_t>(end - at)));
    if (lf == nullptr) {
      break;
    }
    ++line_feeds_;
    last_line_end_ = lf > at && lf[-1] == '\r' ? 2 : 1;
    at = lf + 1;
  }
  const auto taken = static_cast<size_t>(at - frame->data());
  offset_ += taken;
  frame->remove_prefix(taken);
}

// Takes the next line or piece of one.
void MimeScanner::Impl::TakeLine(absl::string_view* frame) {
  const size_t lf = frame->find('\n');
  const bool ends = lf != absl::string_view::npos;
  const absl::string_view piece = frame->substr(0, ends ? lf + 1 : frame->size());
  frame->remove_prefix(piece.size());
  const bool whole = ends && line_size_ == 0;
  if (!whole && line_start_.size() < PartStack::kMaxBoundaryLine) {
    const absl::string_view start =
        piece.substr(0, PartStack::kMaxBoundaryLine - line_start_.size());
    line_start_.append(start.data(), start.size());
  }
  if (!in_body_) {
    const size_t room = limits_.max_header_bytes - header_.size();
    header_.append(piece.data(), std::min(piece.size(), room));
  }
  const char before_lf = piece.size() > 1 ? piece[piece.size() - 2] : last_octet_;
  line_size_ += piece.size();
  offset_ += piece.size();
  last_octet_ = piece.back();
  if (ends) {
    EndLine(whole ? piece : absl::string_view(line_start_),
            line_size_ > 1 && before_lf == '\r' ? 2 : 1);
  }
}

void MimeScanner::Impl::EndLine(absl::string_view line, unsigned line_end) {
  const bool blank = line_size_ == line_end;
  const bool boundary = WatchesBoundaries() && TakeBoundary(line);
  ++line_feeds_;
  last_line_end_ = line_end;
  if (!boundary && !in_body_ && blank) {
    header_.resize(header_line_);
    FinishHeader(offset_);
  }
  line_size_ = 0;
  line_start_.clear();
  header_line_ = header_.size();
}

// Whether the line just taken is a boundary; if so, parts are closed and opened.
bool MimeScanner::Impl::TakeBoundary(absl::string_view line) {
  const std::optional<BoundaryMatch> match = stack_.Match(line);
  if (!match.has_value()) {
    return false;
  }
  if (!match->is_end && result_.parts.size() >= limits_.max_parts) {
    full_ = true;
    return false;
  }
  header_.resize(std::min(header_line_, header_.size()));
  const uint64_t line_offset = offset_ - line_size_;
  uint64_t children_end = 0;
  while (stack_.depth() > match->level + 1) {
    children_end = CloseTop(line_offset, last_line_end_, children_end);
  }
  if (match->is_end) {
    // What follows, the epilogue, is still body of the multipart.
    stack_.EndBoundary(match->level);
  } else {
    Open(/*embedded=*/false);
  }
  return true;
}

// Starts a part where the scan stands, as child of the innermost part.
void MimeScanner::Impl::Open(bool embedded) {
  if (!stack_.empty()) {
    ++result_.parts[stack_.top().index].child_count;
  }
  stack_.Push({.index = result_.parts.size(), .embedded = embedded});
  result_.parts.emplace_back().header_offset = offset_;
  header_.clear();
  header_line_ = 0;
  in_body_ = false;
}

void MimeScanner::Impl::FinishHeader(uint64_t body_offset) {
  Part& part = result_.parts[stack_.top().index];
  part.header_size = body_offset - part.header_offset;
  part.body_offset = body_offset;
  std::string boundary;
  MessageFields message;
  const bool is_message = stack_.top().embedded || !stack_.has_parent();
  const ContentTypeSource source =
      ParseHeader(header_, limits_, &budget_, &part, &boundary, is_message ? &message : nullptr);
  header_.clear();
  if (stack_.top().embedded) {
    result_.parts[stack_.parent().index].envelope = std::move(message.envelope);
  } else if (is_message) {
    result_.envelope = std::move(message.envelope);
    result_.date = message.date;
    result_.references = std::move(message.references);
  }
  EnterBody(source, std::move(boundary));
}

// Decides what the innermost part is, its header being parsed.
void MimeScanner::Impl::EnterBody(ContentTypeSource source, std::string boundary) {
  in_body_ = true;
  OpenPart& open = stack_.top();
  open.lines_at_body = line_feeds_;
  Part& part = result_.parts[open.index];
  if (source == ContentTypeSource::kAbsent && !open.embedded && stack_.has_parent() &&
      stack_.parent().digest) {
    // RFC 2046 5.1.5
    part.type = "message";
    part.subtype = "rfc822";
    part.params.clear();
  }
  if (part.IsMultipart() && boundary.empty()) {
    MakeText(&part);
    return;
  }
  const bool is_message = IsMessageType(part);
  if (!part.IsMultipart() && !is_message) {
    return;
  }
  const bool encoded =
      is_message && ParseTransferEncoding(part.encoding) != TransferEncoding::kIdentity;
  // One part is left over for what has to be made up inside.
  if (encoded || stack_.depth() >= limits_.max_depth ||
      result_.parts.size() + 1 >= limits_.max_parts) {
    MakeOpaque(&part);
  } else if (is_message) {
    part.envelope.emplace();
    const uint64_t body_offset = part.body_offset;
    Open(/*embedded=*/true);
    result_.parts.back().header_offset = body_offset;
  } else {
    open.digest = absl::EqualsIgnoreCase(part.subtype, "digest");
    stack_.SetBoundary(std::move(boundary));
  }
}

// Closes the innermost part at `end`, before which stand a line end of `line_end` octets that does
// not belong to it and children up to `children_end`. Returns where its body ends.
uint64_t MimeScanner::Impl::CloseTop(uint64_t end, unsigned line_end, uint64_t children_end) {
  if (!in_body_) {
    // Opens one more part if it is a message, which the caller then closes first.
    FinishHeader(end);
    return children_end;
  }
  const OpenPart& open = stack_.top();
  const size_t index = open.index;
  Part& part = result_.parts[index];
  const uint64_t body_end = std::max({end - line_end, part.body_offset, children_end});
  part.body_size = body_end - part.body_offset;
  part.lines = line_feeds_ - open.lines_at_body - (body_end < end ? 1 : 0);
  if (part.IsMultipart() && part.child_count == 0) {
    part.child_count = 1;
    Part& made_up = result_.parts.emplace_back();
    MakeText(&made_up);
    made_up.header_offset = body_end;
    made_up.body_offset = body_end;
  }
  stack_.Pop();
  return body_end;
}

MessageStructure MimeScanner::Impl::Finish() {
  if (line_size_ > 0 && WatchesBoundaries()) {
    TakeBoundary(line_start_);
  }
  uint64_t children_end = 0;
  while (!stack_.empty()) {
    children_end = CloseTop(offset_, 0, children_end);
  }
  result_.size = offset_;
  result_.header_size = result_.parts[0].header_size;
  return std::move(result_);
}

MimeScanner::MimeScanner(const ScanLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
MimeScanner::~MimeScanner() = default;
void MimeScanner::Feed(absl::string_view frame) { impl_->Feed(frame); }
MessageStructure MimeScanner::Finish() { return impl_->Finish(); }

MessageStructure ScanMessage(absl::string_view message, const ScanLimits& limits) {
  MimeScanner scanner(limits);
  scanner.Feed(message);
  return scanner.Finish();
}

}  // namespace posthorn::mail
