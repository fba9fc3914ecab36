// Caseless substring search in decoded text (RFC 3501 6.4.4 SEARCH with i;unicode-casemap).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "mail/charset.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {

// A needle, folded once. Immutable, may be shared by threads. An empty needle is in every text.
class CaselessMatcher {
 public:
  explicit CaselessMatcher(absl::string_view utf8_needle);
  // Whether UTF-8 text contains the needle.
  bool MatchesText(absl::string_view utf8) const;
  // Whether a raw header value does, after unfolding and decoding (RFC 2047).
  bool MatchesHeader(absl::string_view raw_value) const;
  // Whether text that FoldCase() gave does.
  bool MatchesFolded(absl::string_view folded) const;
  const std::string& folded() const { return folded_; }

 private:
  std::string folded_;
};

// Searches one body part, fed as transferred in frames of any size: decodes, converts, folds and
// finds matches that cross frames. Memory: a few times the frame. The matcher must outlive it.
class PartSearch {
 public:
  PartSearch(const CaselessMatcher& matcher, TransferEncoding encoding, absl::string_view charset);
  // True once the needle has been found; the rest need not be fed then.
  bool Feed(absl::string_view frame);
  bool Finish();

 private:
  bool SearchDecoded(absl::string_view utf8);
  const CaselessMatcher& matcher_;
  TransferDecoder transfer_;
  CharsetDecoder charset_;
  std::string octets_;  // reused
  std::string text_;    // reused
  std::string window_;  // folded text: the end of what was searched, and what comes next
  bool found_ = false;
};

}  // namespace posthorn::mail
