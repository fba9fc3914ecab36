// A text that SEARCH looks for: exactly, or fuzzily (RFC 6203).
#pragma once

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "mail/text_search.h"

namespace posthorn::store {

// Immutable, may be shared by threads.
class TextQuery {
 public:
  TextQuery(absl::string_view utf8, bool fuzzy);

  // Whether a text, or something else that can be searched, has the needle.
  using Contains = absl::FunctionRef<bool(const mail::CaselessMatcher&)>;

  bool Matches(Contains contains) const { return Score(contains) > 0; }

  // 100: it has the text as it is. Fuzzily also down to 1: it has at least half of the words, or
  // of their beginnings, so that other endings and slips of the pen in them do not matter. 0: no
  // match.
  int Score(Contains contains) const;

 private:
  struct Word {
    mail::CaselessMatcher whole;
    mail::CaselessMatcher beginning;
  };
  mail::CaselessMatcher text_;
  std::vector<Word> words_;  // only if fuzzy; at most kMaxWords
};

}  // namespace posthorn::store
