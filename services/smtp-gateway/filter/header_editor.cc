#include "smtp-gateway/filter/header_editor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mail/header.h"

namespace posthorn::filter {
namespace {

constexpr size_t kMaxName = 200;
constexpr char kSpace[] = " \t";

bool BeginsWithSpace(absl::string_view text) {
  return !text.empty() && (text.front() == ' ' || text.front() == '\t');
}

// RFC 5322 2.2: printable US-ASCII without colon.
bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

}  // namespace

absl::StatusOr<std::string> CheckedValue(absl::string_view value) {
  while (absl::ConsumeSuffix(&value, "\n") || absl::ConsumeSuffix(&value, "\r")) {
  }
  std::string checked;
  bool first = true;
  for (absl::string_view line : absl::StrSplit(value, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    // RFC 5322 2.2.3 and 4.2: folded lines go on with white space, and hold something else too.
    const bool blank = line.find_first_not_of(kSpace) == absl::string_view::npos;
    if (!first && (!BeginsWithSpace(line) || blank)) {
      return absl::InvalidArgumentError("the value would end its field");
    }
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return c != '\t' && absl::ascii_iscntrl(c); })) {
      return absl::InvalidArgumentError("a control in the value");
    }
    absl::StrAppend(&checked, first ? "" : "\r\n", line);
    first = false;
  }
  return checked;
}

HeaderEditor::HeaderEditor(absl::string_view header) {
  mail::HeaderReader reader(header);
  size_t end = 0;
  while (const std::optional<mail::HeaderField> field = reader.Next()) {
    const absl::string_view text = header.substr(field->offset, field->size);
    end = field->offset + field->size;
    fields_.push_back({std::string(field->name), std::string(text)});
  }
  end_ = std::string(header.substr(end));
  if (!fields_.empty() && !absl::EndsWith(fields_.back().text, "\n")) {
    fields_.back().text += "\r\n";
  }
}

absl::StatusOr<HeaderEditor::Field> HeaderEditor::Make(absl::string_view name,
                                                       absl::string_view value) {
  if (!IsName(name)) {
    return absl::InvalidArgumentError("not the name of a field");
  }
  const absl::StatusOr<std::string> checked = CheckedValue(value);
  if (!checked.ok()) {
    return checked.status();
  }
  const bool space = BeginsWithSpace(*checked);
  Field field{std::string(name), absl::StrCat(name, space ? ":" : ": ", *checked, "\r\n")};
  if (++added_ > kMaxFields || (added_octets_ += field.text.size()) > kMaxOctets) {
    return absl::ResourceExhaustedError("too many fields");
  }
  return field;
}

std::vector<size_t> HeaderEditor::Find(absl::string_view name) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (absl::EqualsIgnoreCase(fields_[i].name, name)) {
      found.push_back(i);
    }
  }
  return found;
}

bool HeaderEditor::Has(absl::string_view name) const { return !Find(name).empty(); }

absl::Status HeaderEditor::Add(absl::string_view name, absl::string_view value) {
  absl::StatusOr<Field> field = Make(name, value);
  if (field.ok()) {
    fields_.push_back(*std::move(field));
  }
  return field.status();
}

absl::Status HeaderEditor::Insert(uint32_t index, absl::string_view name, absl::string_view value) {
  absl::StatusOr<Field> field = Make(name, value);
  if (!field.ok()) {
    return field.status();
  }
  size_t position = std::min<size_t>(index > 0 ? index - 1 : 0, fields_.size());
  if (position == 0 && !fields_.empty() && BeginsWithSpace(fields_[0].text)) {
    position = 1;
  }
  fields_.insert(fields_.begin() + static_cast<ptrdiff_t>(position), *std::move(field));
  return absl::OkStatus();
}

absl::Status HeaderEditor::Change(absl::string_view name, uint32_t nth, absl::string_view value) {
  const std::vector<size_t> found = Find(name);
  const size_t wanted = nth == 0 ? 0 : nth - 1;
  if (wanted >= found.size()) {
    return Add(name, value);
  }
  absl::StatusOr<Field> field = Make(name, value);
  if (field.ok()) {
    fields_[found[wanted]] = *std::move(field);
  }
  return field.status();
}

void HeaderEditor::Remove(absl::string_view name, int32_t nth) {
  const std::vector<size_t> found = Find(name);
  const auto count = static_cast<int64_t>(found.size());
  for (int64_t i = count; i > 0; --i) {
    if (nth == 0 || nth == i || nth == i - count - 1) {
      fields_.erase(fields_.begin() + static_cast<ptrdiff_t>(found[static_cast<size_t>(i - 1)]));
    }
  }
}

std::string HeaderEditor::Finish() const {
  std::string header;
  for (const Field& field : fields_) {
    header += field.text;
  }
  return header + end_;
}

}  // namespace posthorn::filter
