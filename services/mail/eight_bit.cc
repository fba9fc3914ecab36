#include "mail/eight_bit.h"

#include <cstddef>

#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

constexpr uint64_t kMaxLineOctets = 998;  // RFC 5322 2.1.1

}  // namespace

void ContentNeedsScanner::Feed(absl::string_view frame) {
  if (!in_body_) {
    FeedHeader(&frame);
  }
  FeedBody(frame);
}

// As HeaderReader has it: lines end at LF, with or without a CR before.
void ContentNeedsScanner::FeedHeader(absl::string_view* frame) {
  size_t i = 0;
  while (i < frame->size() && !in_body_) {
    const char c = (*frame)[i++];
    if (c == '\n') {
      in_body_ = line_octets_ == 0 || (line_octets_ == 1 && cr_);
      line_octets_ = 0;
    } else {
      ++line_octets_;
      needs_.eight_bit_header |= static_cast<unsigned char>(c) > 127;
    }
    cr_ = c == '\r';
  }
  if (in_body_) {
    cr_ = false;
  }
  frame->remove_prefix(i);
}

void ContentNeedsScanner::FeedBody(absl::string_view frame) {
  if (needs_.body == ContentKind::kBinary) {
    return;
  }
  if (AsciiPrefix(frame) < frame.size()) {
    needs_.body = ContentKind::k8Bit;
  }
  bool binary = frame.find('\0') != absl::string_view::npos;
  size_t i = 0;
  while (i < frame.size() && !binary) {
    if (cr_ != (frame[i] == '\n')) {
      binary = true;
    } else if (cr_) {
      cr_ = false;
      line_octets_ = 0;
      ++i;
    } else {
      size_t end = i;
      while (end < frame.size() && frame[end] != '\r' && frame[end] != '\n') {
        ++end;
      }
      line_octets_ += end - i;
      binary = line_octets_ > kMaxLineOctets;
      i = end;
      if (i < frame.size() && frame[i] == '\r') {
        cr_ = true;
        ++i;
      }
    }
  }
  if (binary) {
    needs_.body = ContentKind::kBinary;
  }
}

ContentNeeds ContentNeedsScanner::Finish() const {
  ContentNeeds needs = needs_;
  if (in_body_ && cr_) {
    needs.body = ContentKind::kBinary;
  }
  return needs;
}

ContentNeeds ScanContentNeeds(absl::string_view message) {
  ContentNeedsScanner scanner;
  scanner.Feed(message);
  return scanner.Finish();
}

}  // namespace posthorn::mail
