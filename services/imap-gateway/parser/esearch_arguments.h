#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/search_program.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxSearchSources = 100;

// RFC 7377 2.2: one of the source options of ESEARCH.
struct SearchSource {
  enum class Kind {
    kSelected,
    kInboxes,
    kPersonal,
    kSubscribed,
    kMailboxes,
    kSubtree,
    kSubtreeOne,
  };
  Kind kind = Kind::kSelected;
  std::vector<std::string> mailboxes;  // as written; of the last three kinds
};

struct EsearchArguments {
  // Nothing written: the selected mailbox.
  std::optional<std::vector<SearchSource>> sources;
  SearchArguments search;
};
EsearchArguments ParseEsearch(Scanner& scanner);

// RFC 5267 4.3.5.
struct CancelUpdateArguments {
  std::vector<std::string> tags;
};
CancelUpdateArguments ParseCancelUpdate(Scanner& scanner);

}  // namespace posthorn::imap
