#include "mail/transfer_encoder.h"

#include <algorithm>

#include "absl/strings/escaping.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxLine = 76;           // RFC 2045 6.7 (5), 6.8
constexpr size_t kBase64LineOctets = 57;  // what fills such a line
constexpr absl::string_view kHex = "0123456789ABCDEF";

std::string Escape(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return {'=', kHex[octet >> 4], kHex[octet & 15]};
}

void AppendBase64Line(absl::string_view octets, std::string* out) {
  std::string line;
  absl::Base64Escape(octets, &line);
  out->append(line);
}

}  // namespace

void TransferEncoder::Feed(absl::string_view frame, std::string* out) {
  if (encoding_ == TransferEncoding::kQuotedPrintable) {
    for (const char c : frame) {
      PutQuoted(c, out);
    }
    return;
  }
  while (!frame.empty()) {
    const absl::string_view taken = frame.substr(0, kBase64LineOctets - held_.size());
    held_.append(taken.data(), taken.size());
    frame.remove_prefix(taken.size());
    if (held_.size() == kBase64LineOctets) {
      AppendBase64Line(held_, out);
      out->append("\r\n");
      held_.clear();
    }
  }
}

// Writes what stays together in a line, after a soft line break if there is no room for it and for
// the "=" of the next one.
void TransferEncoder::PutToken(absl::string_view token, std::string* out) {
  if (column_ + token.size() > kMaxLine - 1) {
    out->append("=\r\n");
    column_ = 0;
  }
  const std::string escaped = column_ == 0 && token == "-" ? Escape('-') : std::string();
  token = escaped.empty() ? token : escaped;
  out->append(token.data(), token.size());
  column_ += token.size();
}

// RFC 2045 6.7 (3): white space at the end of a line is encoded.
void TransferEncoder::PutSpace(bool at_line_end, std::string* out) {
  if (space_ != 0) {
    PutToken(at_line_end ? Escape(space_) : std::string(1, space_), out);
    space_ = 0;
  }
}

void TransferEncoder::PutQuoted(char c, std::string* out) {
  if (cr_) {
    cr_ = false;
    PutSpace(/*at_line_end=*/c == '\n', out);
    if (c == '\n') {
      out->append("\r\n");
      column_ = 0;
      return;
    }
    PutToken(Escape('\r'), out);
  }
  if (c == '\r') {
    cr_ = true;
    return;
  }
  PutSpace(/*at_line_end=*/false, out);
  if (c == ' ' || c == '\t') {
    space_ = c;
  } else if (c > ' ' && c <= '~' && c != '=') {
    PutToken(absl::string_view(&c, 1), out);
  } else {
    PutToken(Escape(c), out);
  }
}

void TransferEncoder::Finish(bool end_line, std::string* out) {
  if (encoding_ == TransferEncoding::kBase64) {
    if (!held_.empty()) {
      AppendBase64Line(held_, out);
      out->append(end_line ? "\r\n" : "");
    }
    return;
  }
  PutSpace(/*at_line_end=*/true, out);
  if (cr_) {
    PutToken(Escape('\r'), out);
  }
  if (end_line && column_ > 0) {
    out->append("=\r\n");
  }
}

}  // namespace posthorn::mail
