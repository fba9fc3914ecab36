#include "mail/header.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::mail {
namespace {

constexpr absl::string_view kReceived = "received";

// The end of the line that starts at `from`, after its LF.
size_t LineEnd(absl::string_view block, size_t from) {
  const size_t lf = block.find('\n', from);
  return lf == absl::string_view::npos ? block.size() : lf + 1;
}

// RFC 5322 2.2: printable US-ASCII except colon; RFC 5322 4.5 allows white space after it.
absl::string_view FieldName(absl::string_view before_colon) {
  while (!before_colon.empty() && (before_colon.back() == ' ' || before_colon.back() == '\t')) {
    before_colon.remove_suffix(1);
  }
  for (const char c : before_colon) {
    if (c <= ' ' || c >= 0x7f) {
      return {};
    }
  }
  return before_colon;
}

}  // namespace

bool HeaderField::Is(absl::string_view field_name) const {
  return absl::EqualsIgnoreCase(name, field_name);
}

std::optional<HeaderField> HeaderReader::Next() {
  if (ended_ || position_ >= block_.size()) {
    return std::nullopt;
  }
  const size_t start = position_;
  size_t end = LineEnd(block_, start);
  const absl::string_view first = block_.substr(start, end - start);
  if (first == "\n" || first == "\r\n") {
    position_ = end;
    ended_ = true;
    return std::nullopt;
  }
  // RFC 5322 2.2.3: a line that starts with white space continues the field.
  while (end < block_.size() && (block_[end] == ' ' || block_[end] == '\t')) {
    end = LineEnd(block_, end);
  }
  position_ = end;

  HeaderField field;
  field.offset = start;
  field.size = end - start;
  field.value = block_.substr(start, field.size);
  const size_t colon = first.find(':');
  if (colon != absl::string_view::npos) {
    field.name = FieldName(first.substr(0, colon));
    if (!field.name.empty()) {
      field.value.remove_prefix(colon + 1);
    }
  }
  return field;
}

std::optional<HeaderField> FindField(absl::string_view block, absl::string_view name) {
  HeaderReader reader(block);
  while (const std::optional<HeaderField> field = reader.Next()) {
    if (field->Is(name)) {
      return field;
    }
  }
  return std::nullopt;
}

std::string Unfold(absl::string_view raw_value) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!raw_value.empty() && is_space(raw_value.front())) {
    raw_value.remove_prefix(1);
  }
  while (!raw_value.empty() && is_space(raw_value.back())) {
    raw_value.remove_suffix(1);
  }
  std::string out;
  out.reserve(raw_value.size());
  while (!raw_value.empty()) {
    const size_t lf = raw_value.find('\n');
    absl::string_view line = raw_value.substr(0, lf);
    raw_value.remove_prefix(lf == absl::string_view::npos ? raw_value.size() : lf + 1);
    if (lf != absl::string_view::npos && !line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    out.append(line.data(), line.size());
  }
  return out;
}

void ReceivedCounter::Feed(absl::string_view frame) {
  for (const char c : frame) {
    if (ended_) {
      return;
    }
    if (c == '\n') {
      ended_ = column_ == 0 || only_cr_;
      column_ = 0;
      matched_ = 0;
      only_cr_ = false;
      continue;
    }
    only_cr_ = column_ == 0 && c == '\r';
    column_ = 1;
    if (matched_ < 0) {
      continue;
    }
    const size_t matched = static_cast<size_t>(matched_);
    if (matched < kReceived.size()) {
      matched_ = absl::ascii_tolower(c) == kReceived[matched] ? matched_ + 1 : -1;
    } else if (c == ':') {
      ++count_;
      matched_ = -1;
    } else if (c != ' ' && c != '\t') {
      matched_ = -1;
    }
  }
}

int CountReceived(absl::string_view message) {
  ReceivedCounter counter;
  counter.Feed(message);
  return counter.count();
}

}  // namespace posthorn::mail
