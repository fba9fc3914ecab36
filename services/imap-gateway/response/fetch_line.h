#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "imap-gateway/session/features.h"

namespace posthorn::imap {

// "* 5 FETCH ("; where numbers are not used (RFC 9586 3.3), "* 7 UIDFETCH (".
void AppendFetchHead(std::string& out, const Features& features, std::uint32_t number,
                     std::uint32_t uid);

// A FETCH that tells the state of a message's flags and was not asked for by FETCH.
struct FlagsLine {
  std::uint32_t number = 0;  // sequence number
  std::uint32_t uid = 0;
  std::uint32_t flags = 0;
  std::uint64_t keywords = 0;
  std::uint64_t modseq = 0;
  bool recent = false;
  bool with_uid = false;  // UID too, which a client of CONDSTORE gets anyway (RFC 7162 3.2.4)
  bool no_flags = false;  // MODSEQ without FLAGS, for .SILENT (RFC 7162 3.1.3)
};
void AppendFlagsLine(std::string& out, const Features& features, const FlagsLine& line,
                     std::span<const std::string> keywords);

}  // namespace posthorn::imap
