#include "mail/base_subject.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::mail {
namespace {

// RFC 5256 2.1 (1): white space becomes single spaces; those at the ends are leaders and trailers.
std::string Collapse(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  return out;
}

void SkipSpaces(absl::string_view* text) {
  while (!text->empty() && text->front() == ' ') {
    text->remove_prefix(1);
  }
}

// subj-blob = "[" *BLOBCHAR "]" *WSP
bool SkipBlob(absl::string_view* text) {
  if (text->empty() || text->front() != '[') {
    return false;
  }
  const size_t end = text->find_first_of("[]", 1);
  if (end == absl::string_view::npos || (*text)[end] != ']') {
    return false;
  }
  text->remove_prefix(end + 1);
  SkipSpaces(text);
  return true;
}

// subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
bool SkipReplyOrForward(absl::string_view* text) {
  absl::string_view rest = *text;
  if (absl::StartsWithIgnoreCase(rest, "fwd")) {
    rest.remove_prefix(3);
  } else if (absl::StartsWithIgnoreCase(rest, "re") || absl::StartsWithIgnoreCase(rest, "fw")) {
    rest.remove_prefix(2);
  } else {
    return false;
  }
  SkipSpaces(&rest);
  SkipBlob(&rest);
  if (rest.empty() || rest.front() != ':') {
    return false;
  }
  *text = rest.substr(1);
  return true;
}

// (2): subj-trailer.
void CutTrailers(absl::string_view* text, bool* is_reply) {
  for (;;) {
    while (!text->empty() && text->back() == ' ') {
      text->remove_suffix(1);
    }
    if (!absl::EndsWithIgnoreCase(*text, "(fwd)")) {
      return;
    }
    text->remove_suffix(5);
    *is_reply = true;
  }
}

// (3) to (5): leaders, and blobs where something is left. A run of blobs is looked at once: what
// stands behind it is no "Re:" however many of them are taken away.
void CutLeaders(absl::string_view* text, bool* is_reply) {
  for (;;) {
    SkipSpaces(text);
    absl::string_view behind = *text;
    absl::string_view last_blob = *text;
    for (absl::string_view next = behind; SkipBlob(&next); behind = next) {
      last_blob = behind;
    }
    absl::string_view rest = behind;
    if (!SkipReplyOrForward(&rest)) {
      *text = behind.empty() ? last_blob : behind;
      return;
    }
    *is_reply = true;
    *text = rest;
  }
}

}  // namespace

BaseSubject ExtractBaseSubject(absl::string_view subject) {
  const std::string collapsed = Collapse(subject);
  absl::string_view text = collapsed;
  BaseSubject base;
  for (;;) {
    CutTrailers(&text, &base.is_reply);
    CutLeaders(&text, &base.is_reply);
    // (6): subj-fwd-hdr and subj-fwd-trl.
    if (!absl::StartsWithIgnoreCase(text, "[fwd:") || !absl::EndsWith(text, "]")) {
      base.text = std::string(text);
      return base;
    }
    text = text.substr(5, text.size() - 6);
    base.is_reply = true;
  }
}

}  // namespace posthorn::mail
