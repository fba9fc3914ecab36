#include "imap-gateway/response/flags_text.h"

#include <bit>

#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/flags.h"

namespace posthorn::imap {
namespace {

struct NamedFlag {
  std::uint32_t bit;
  absl::string_view name;
};
constexpr NamedFlag kNames[] = {{kAnswered, "\\Answered"},
                                {kFlagged, "\\Flagged"},
                                {kDeleted, "\\Deleted"},
                                {kSeen, "\\Seen"},
                                {kDraft, "\\Draft"}};

class ListWriter {
 public:
  explicit ListWriter(std::string& out) : out_(out) { out_.push_back('('); }
  void Add(absl::string_view flag) {
    if (!first_) {
      out_.push_back(' ');
    }
    first_ = false;
    absl::StrAppend(&out_, flag);
  }
  void Close() { out_.push_back(')'); }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace

void AppendFlags(std::string& out, std::uint32_t system, std::uint64_t keyword_mask,
                 std::span<const std::string> keywords, bool recent) {
  ListWriter list(out);
  for (const NamedFlag& flag : kNames) {
    if ((system & flag.bit) != 0) {
      list.Add(flag.name);
    }
  }
  for (std::uint64_t mask = keyword_mask; mask != 0; mask &= mask - 1) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(mask));
    if (bit < keywords.size()) {
      list.Add(keywords[bit]);
    }
  }
  if (recent) {
    list.Add("\\Recent");
  }
  list.Close();
}

void AppendSystemFlags(std::string& out, std::uint32_t system,
                       std::span<const std::string> keywords, absl::string_view extra) {
  ListWriter list(out);
  for (const NamedFlag& flag : kNames) {
    if ((system & flag.bit) != 0) {
      list.Add(flag.name);
    }
  }
  for (const std::string& keyword : keywords) {
    list.Add(keyword);
  }
  if (!extra.empty()) {
    list.Add(extra);
  }
  list.Close();
}

void AppendAllFlags(std::string& out, std::span<const std::string> keywords,
                    absl::string_view extra) {
  AppendSystemFlags(out, ~std::uint32_t{0}, keywords, extra);
}

}  // namespace posthorn::imap
