#include "mailstore/message/text_query.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_split.h"

namespace posthorn::store {
namespace {

constexpr size_t kMaxWords = 16;
constexpr size_t kMinBeginning = 3;  // characters
constexpr int kWhole = 90;
constexpr int kBeginning = 60;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The first three quarters of a word, at least three characters.
absl::string_view Beginning(absl::string_view word) {
  const auto length = static_cast<size_t>(
      std::count_if(word.begin(), word.end(), [](char c) { return !IsContinuation(c); }));
  const size_t keep = std::max(kMinBeginning, length * 3 / 4);
  size_t characters = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    if (!IsContinuation(word[i]) && ++characters > keep) {
      return word.substr(0, i);
    }
  }
  return word;
}

}  // namespace

TextQuery::TextQuery(absl::string_view utf8, bool fuzzy) : text_(utf8) {
  if (!fuzzy) {
    return;
  }
  for (const absl::string_view word :
       absl::StrSplit(utf8, absl::ByAnyChar(" \t\r\n.,;:!?()[]<>\"'/@-"), absl::SkipEmpty())) {
    if (words_.size() < kMaxWords) {
      words_.push_back({mail::CaselessMatcher(word), mail::CaselessMatcher(Beginning(word))});
    }
  }
}

int TextQuery::Score(Contains contains) const {
  if (contains(text_)) {
    return 100;
  }
  int matched = 0;
  int sum = 0;
  for (const Word& word : words_) {
    const int score = contains(word.whole) ? kWhole : contains(word.beginning) ? kBeginning : 0;
    matched += score > 0 ? 1 : 0;
    sum += score;
  }
  const int count = static_cast<int>(words_.size());
  return count > 0 && 2 * matched >= count ? std::max(1, sum / count) : 0;
}

}  // namespace posthorn::store
