#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/parser/search_return.h"
#include "imap-gateway/search/result_list.h"

namespace posthorn::imap {

// What an ESEARCH response answers (RFC 4466 2.6.2, RFC 7377 2.1).
struct SearchCorrelator {
  absl::string_view tag;
  bool uid = false;           // the numbers are UIDs
  absl::string_view mailbox;  // canonical name; empty: the selected mailbox, which is not named
  std::uint32_t uidvalidity = 0;
  NameEncoding names = NameEncoding::kModifiedUtf7;  // how the name is written
};

// What it tells.
struct SearchData {
  const SearchReturn& returns;
  const ResultList& results;                      // numbers as the client is to see them
  const std::vector<std::uint32_t>& relevancies;  // of the results, if the client asked for them
  std::uint64_t modseq = 0;                       // RFC 7162 3.1.10; 0: none
};

// The start of the response, without a line end: `* ESEARCH (TAG "a") UID`.
void AppendEsearchStart(std::string& out, const SearchCorrelator& correlator);
// The whole line.
void AppendEsearch(std::string& out, const SearchCorrelator& correlator, const SearchData& data);

}  // namespace posthorn::imap
