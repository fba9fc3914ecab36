#include <array>
#include <cstdint>

#include "imap-gateway/mailbox/mailbox_name.h"

namespace posthorn::imap {
namespace {

// RFC 3501 5.1.3: BASE64 with "," in place of "/" and no padding.
constexpr absl::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

constexpr std::array<std::int8_t, 256> ReverseAlphabet() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr auto kReverse = ReverseAlphabet();

bool IsPrintable(std::uint32_t c) { return c >= 0x20 && c <= 0x7e; }

void AppendUtf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

// Collects UTF-16 units into UTF-8.
class Utf16Reader {
 public:
  explicit Utf16Reader(std::string& out) : out_(out) {}

  bool Add(std::uint16_t unit) {
    if (high_ != 0) {
      if (unit < 0xdc00 || unit > 0xdfff) {
        return false;
      }
      AppendUtf8(0x10000 + ((high_ - 0xd800u) << 10) + (unit - 0xdc00u), out_);
      high_ = 0;
      return true;
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
      high_ = unit;
      return true;
    }
    if ((unit >= 0xdc00 && unit <= 0xdfff) || IsPrintable(unit)) {
      return false;
    }
    AppendUtf8(unit, out_);
    return true;
  }
  bool complete() const { return high_ == 0; }

 private:
  std::string& out_;
  std::uint32_t high_ = 0;
};

// The base64 between "&" and "-". False if it is not canonical.
bool DecodeShifted(absl::string_view base64, std::string& out) {
  Utf16Reader units(out);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : base64) {
    const int value = kReverse[static_cast<unsigned char>(c)];
    if (value < 0) {
      return false;
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 16) {
      count -= 16;
      if (!units.Add(static_cast<std::uint16_t>(bits >> count & 0xffff))) {
        return false;
      }
      bits &= (1u << count) - 1;
    }
  }
  return units.complete() && count < 6 && bits == 0;
}

// The next code point of UTF-8; U+FFFD for an ill-formed octet.
std::uint32_t NextCodePoint(absl::string_view utf8, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(utf8[at++]);
  if (lead < 0x80) {
    return lead;
  }
  const int more = lead >= 0xf0 && lead <= 0xf4   ? 3
                   : lead >= 0xe0 && lead <= 0xef ? 2
                   : lead >= 0xc2 && lead <= 0xdf ? 1
                                                  : 0;
  if (more == 0 || at + static_cast<std::size_t>(more) > utf8.size()) {
    return 0xfffd;
  }
  std::uint32_t value = lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(utf8[at + static_cast<std::size_t>(i)]);
    if ((next & 0xc0) != 0x80) {
      return 0xfffd;
    }
    value = value << 6 | (next & 0x3f);
  }
  const bool overlong = (more == 2 && value < 0x800) || (more == 3 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return 0xfffd;
  }
  at += static_cast<std::size_t>(more);
  return value;
}

// Collects UTF-16 units into the base64 of one shift.
class ShiftWriter {
 public:
  explicit ShiftWriter(std::string& out) : out_(out) {}

  void Add(std::uint32_t code_point) {
    if (!open_) {
      out_.push_back('&');
      open_ = true;
    }
    if (code_point >= 0x10000) {
      Unit(0xd800 + ((code_point - 0x10000) >> 10));
      Unit(0xdc00 + ((code_point - 0x10000) & 0x3ff));
    } else {
      Unit(code_point);
    }
  }
  void Close() {
    if (!open_) {
      return;
    }
    if (count_ > 0) {
      out_.push_back(kAlphabet[bits_ << (6 - count_) & 0x3f]);
    }
    out_.push_back('-');
    open_ = false;
    bits_ = 0;
    count_ = 0;
  }

 private:
  void Unit(std::uint32_t unit) {
    bits_ = bits_ << 16 | unit;
    count_ += 16;
    while (count_ >= 6) {
      count_ -= 6;
      out_.push_back(kAlphabet[bits_ >> count_ & 0x3f]);
    }
    bits_ &= (1u << count_) - 1;
  }

  std::string& out_;
  bool open_ = false;
  std::uint32_t bits_ = 0;
  int count_ = 0;
};

}  // namespace

absl::StatusOr<std::string> DecodeModifiedUtf7(absl::string_view text) {
  std::string out;
  bool after_shift = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (!IsPrintable(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError("Mailbox name is not in modified UTF-7");
    }
    if (c != '&') {
      out.push_back(c);
      after_shift = false;
      ++at;
      continue;
    }
    const std::size_t end = text.find('-', at);
    if (end == absl::string_view::npos) {
      return absl::InvalidArgumentError("Mailbox name has an unterminated shift");
    }
    const absl::string_view base64 = text.substr(at + 1, end - at - 1);
    at = end + 1;
    if (base64.empty()) {
      out.push_back('&');
      after_shift = false;
      continue;
    }
    // RFC 3501 5.1.3: two shifts in a row would have been one: superfluous.
    if (after_shift || !DecodeShifted(base64, out)) {
      return absl::InvalidArgumentError("Mailbox name is not canonical modified UTF-7");
    }
    after_shift = true;
  }
  return out;
}

std::string EncodeModifiedUtf7(absl::string_view utf8) {
  std::string out;
  ShiftWriter shift(out);
  for (std::size_t at = 0; at < utf8.size();) {
    const std::uint32_t c = NextCodePoint(utf8, at);
    if (!IsPrintable(c)) {
      shift.Add(c);
      continue;
    }
    shift.Close();
    out.push_back(static_cast<char>(c));
    if (c == '&') {
      out.push_back('-');
    }
  }
  shift.Close();
  return out;
}

}  // namespace posthorn::imap
