// Bodies decode and convert the same in frames as whole, and are searched accordingly.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "mail/charset.h"
#include "mail/text_search.h"
#include "mail/transfer_encoding.h"

using posthorn::mail::CharsetDecoder;
using posthorn::mail::TransferDecoder;
using posthorn::mail::TransferEncoding;

namespace {

constexpr const char* kCharsets[] = {"utf-8",     "iso-8859-1", "iso-2022-jp", "gb2312",
                                     "shift_jis", "utf-16",     "utf-7",       "big5",
                                     "euc-kr",    "hz-gb-2312", "iso-2022-kr", "utf-32"};
constexpr TransferEncoding kEncodings[] = {TransferEncoding::kIdentity, TransferEncoding::kBase64,
                                           TransferEncoding::kQuotedPrintable};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) {
    return 0;
  }
  const TransferEncoding encoding = kEncodings[data[0] % std::size(kEncodings)];
  const char* const charset = kCharsets[data[1] % std::size(kCharsets)];
  const size_t frame = 1 + data[2] % 16;
  const size_t needle_size = std::min<size_t>(data[3] % 8, size - 4);
  const absl::string_view text(reinterpret_cast<const char*>(data) + 4, size - 4);
  const posthorn::mail::CaselessMatcher matcher(text.substr(0, needle_size));
  const absl::string_view body = text.substr(needle_size);

  std::string octets;
  TransferDecoder transfer(encoding);
  transfer.Feed(body, &octets);
  transfer.Finish(&octets);
  const std::string utf8 = posthorn::mail::ToUtf8(octets, charset);

  std::string pieces;
  TransferDecoder transfer_pieces(encoding);
  CharsetDecoder decoder(charset);
  posthorn::mail::PartSearch search(matcher, encoding, charset);
  const auto convert = [&](std::string* from) {
    decoder.Feed(*from, &pieces);
    from->clear();
  };
  std::string piece;
  for (size_t i = 0; i < body.size(); i += frame) {
    transfer_pieces.Feed(body.substr(i, frame), &piece);
    convert(&piece);
    search.Feed(body.substr(i, frame));
  }
  transfer_pieces.Finish(&piece);
  convert(&piece);
  decoder.Finish(&pieces);
  if (pieces != utf8 || !posthorn::mail::IsValidUtf8(utf8) ||
      transfer.damaged() != transfer_pieces.damaged() ||
      search.Finish() != matcher.MatchesText(utf8)) {
    abort();
  }
  return 0;
}
