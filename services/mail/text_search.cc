#include "mail/text_search.h"

#include <string.h>  // memmem

#include <algorithm>

#include "mail/encoded_word.h"

namespace posthorn::mail {
namespace {

// glibc's memmem is the two-way algorithm: linear whatever the needle.
bool Contains(absl::string_view text, absl::string_view needle) {
  return memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

// The most that is decoded and folded at once.
constexpr size_t kMaxStep = 64 << 10;

}  // namespace

CaselessMatcher::CaselessMatcher(absl::string_view utf8_needle) : folded_(FoldCase(utf8_needle)) {}

bool CaselessMatcher::MatchesFolded(absl::string_view folded) const {
  return folded_.empty() || Contains(folded, folded_);
}

bool CaselessMatcher::MatchesText(absl::string_view utf8) const {
  return folded_.empty() || MatchesFolded(FoldCase(utf8));
}

bool CaselessMatcher::MatchesHeader(absl::string_view raw_value) const {
  return folded_.empty() || MatchesText(DecodeHeaderText(raw_value));
}

PartSearch::PartSearch(const CaselessMatcher& matcher, TransferEncoding encoding,
                       absl::string_view charset)
    : matcher_(matcher), transfer_(encoding), charset_(charset), found_(matcher.folded().empty()) {}

bool PartSearch::SearchDecoded(absl::string_view utf8) {
  window_ += FoldCase(utf8);
  found_ = found_ || Contains(window_, matcher_.folded());
  // What may begin a match that ends in the next frame.
  const size_t keep = std::min(window_.size(), matcher_.folded().size() - 1);
  window_.erase(0, window_.size() - keep);
  return found_;
}

bool PartSearch::Feed(absl::string_view frame) {
  while (!found_ && !frame.empty()) {
    const absl::string_view step = frame.substr(0, kMaxStep);
    frame.remove_prefix(step.size());
    octets_.clear();
    text_.clear();
    transfer_.Feed(step, &octets_);
    charset_.Feed(octets_, &text_);
    SearchDecoded(text_);
  }
  return found_;
}

bool PartSearch::Finish() {
  if (!found_) {
    octets_.clear();
    text_.clear();
    transfer_.Finish(&octets_);
    charset_.Feed(octets_, &text_);
    charset_.Finish(&text_);
    SearchDecoded(text_);
  }
  return found_;
}

}  // namespace posthorn::mail
