#include "mail/transfer_encoding.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::mail {
namespace {

constexpr int8_t kSkip = -1;
constexpr int8_t kPad = -2;
constexpr int8_t kSpace = -3;

constexpr std::array<int8_t, 256> MakeBase64Table() {
  std::array<int8_t, 256> table{};
  table.fill(kSkip);
  constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  }
  table['='] = kPad;
  table[' '] = table['\t'] = table['\r'] = table['\n'] = kSpace;
  return table;
}

constexpr std::array<int8_t, 256> kBase64 = MakeBase64Table();

int HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  // RFC 2045 6.7 (1): lower case is not allowed to be written, but understood.
  const char lower = absl::ascii_tolower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

TransferEncoding ParseTransferEncoding(absl::string_view name) {
  for (const absl::string_view identity : {"", "7bit", "8bit", "binary"}) {
    if (absl::EqualsIgnoreCase(name, identity)) {
      return TransferEncoding::kIdentity;
    }
  }
  if (absl::EqualsIgnoreCase(name, "base64")) {
    return TransferEncoding::kBase64;
  }
  if (absl::EqualsIgnoreCase(name, "quoted-printable")) {
    return TransferEncoding::kQuotedPrintable;
  }
  return TransferEncoding::kUnknown;
}

void TransferDecoder::Feed(absl::string_view frame, std::string* out) {
  switch (encoding_) {
    case TransferEncoding::kBase64:
      FeedBase64(frame, out);
      break;
    case TransferEncoding::kQuotedPrintable:
      FeedQuotedPrintable(frame, out);
      break;
    case TransferEncoding::kIdentity:
    case TransferEncoding::kUnknown:
      out->append(frame.data(), frame.size());
  }
}

void TransferDecoder::Finish(std::string* out) {
  if (encoding_ == TransferEncoding::kBase64) {
    damaged_ = damaged_ || sextets_ != 0;
    FlushBase64(out);
  } else if (encoding_ == TransferEncoding::kQuotedPrintable) {
    // RFC 2045 6.7 (3): white space at the end of a line was added in transport, at the end of the
    // body too. A "=" alone is a soft line break whose line end belongs to the boundary.
    const bool soft_break = held_ == "=" || held_ == "=\r";
    if (!held_.empty()) {
      ReleaseSpaces(out);
    }
    if (!held_.empty() && !soft_break) {
      damaged_ = true;
      out->append(held_);
    }
    held_.clear();
    spaces_.clear();
  }
}

void TransferDecoder::FeedBase64(absl::string_view frame, std::string* out) {
  const size_t start = out->size();
  out->resize(start + frame.size() / 4 * 3 + 6);
  char* to = out->data() + start;
  for (const char c : frame) {
    const int8_t value = kBase64[static_cast<unsigned char>(c)];
    if (value >= 0) {
      bits_ = bits_ << 6 | static_cast<uint32_t>(value);
      if (++sextets_ == 4) {
        *to++ = static_cast<char>(bits_ >> 16);
        *to++ = static_cast<char>(bits_ >> 8);
        *to++ = static_cast<char>(bits_);
        sextets_ = 0;
      }
    } else if (value == kPad) {
      // The end of a body, or of one of several put together.
      std::string tail;
      FlushBase64(&tail);
      for (const char octet : tail) {
        *to++ = octet;
      }
    } else if (value == kSkip) {
      damaged_ = true;
    }
  }
  out->resize(static_cast<size_t>(to - out->data()));
}

void TransferDecoder::FlushBase64(std::string* out) {
  if (sextets_ >= 2) {
    out->push_back(static_cast<char>(bits_ >> (sextets_ == 2 ? 4 : 10)));
  }
  if (sextets_ == 3) {
    out->push_back(static_cast<char>(bits_ >> 2));
  }
  sextets_ = 0;
  bits_ = 0;
}

void TransferDecoder::ReleaseSpaces(std::string* out) {
  out->append(spaces_);
  spaces_.clear();
}

// Takes the next octet of an escape, i.e. while held_ is "=", "=\r", "=X" or "= ...".
void TransferDecoder::EscapeOctet(char c, std::string* out) {
  const bool soft_break = held_.size() == 1 || HexValue(held_[1]) < 0;
  if (c == '\n' && soft_break) {
    // RFC 2045 6.7 (5): a soft line break; white space after the "=" was added in transport.
    ReleaseSpaces(out);
    held_.clear();
    return;
  }
  if (held_.size() == 1 && (HexValue(c) >= 0 || c == ' ' || c == '\t' || c == '\r')) {
    held_.push_back(c);
    return;
  }
  if (held_.size() > 1 && soft_break && held_.back() != '\r' &&
      (c == ' ' || c == '\t' || c == '\r') && held_.size() < 80) {
    held_.push_back(c);
    return;
  }
  ReleaseSpaces(out);
  if (held_.size() == 2 && HexValue(held_[1]) >= 0 && HexValue(c) >= 0) {
    out->push_back(static_cast<char>(HexValue(held_[1]) << 4 | HexValue(c)));
    held_.clear();
    return;
  }
  // No escape after all: it stays as it is, and the octet is looked at anew.
  damaged_ = true;
  out->append(held_);
  held_.clear();
  FeedQuotedPrintable(absl::string_view(&c, 1), out);
}

void TransferDecoder::FeedQuotedPrintable(absl::string_view frame, std::string* out) {
  size_t i = 0;
  while (i < frame.size()) {
    const char c = frame[i];
    if (!held_.empty()) {
      EscapeOctet(c, out);
      ++i;
    } else if (c == '=') {
      held_ = "=";
      ++i;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      // CR is held as well, since white space may stand before CRLF.
      if (spaces_.size() >= 4096) {
        ReleaseSpaces(out);
      }
      spaces_.push_back(c);
      ++i;
    } else if (c == '\n') {
      const bool crlf = !spaces_.empty() && spaces_.back() == '\r';
      spaces_.clear();
      out->append(crlf ? "\r\n" : "\n");
      ++i;
    } else {
      ReleaseSpaces(out);
      const size_t end = std::min(frame.find_first_of("= \t\r\n", i), frame.size());
      out->append(frame.data() + i, end - i);
      i = end;
    }
  }
}

}  // namespace posthorn::mail
