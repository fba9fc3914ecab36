#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap-gateway/parser/date_time.h"
#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

inline constexpr int kMaxSearchDepth = 50;
inline constexpr std::size_t kMaxSearchKeys = 2000;

// RFC 3501 6.4.4: a search key. The words that only combine others (OLD, NEW, UNSEEN, ...) are
// taken apart by the parser. Chains of OR and of NOT become one node, so the depth of a tree is
// that of its parentheses, at most kMaxSearchDepth.
struct SearchKey {
  enum class Kind {
    kAllOf,  // of children; none: every message
    kAnyOf,
    kNot,       // of the one child
    kSequence,  // set, of sequence numbers
    kUid,       // set, of UIDs
    kFlag,      // system flag bit in `number`
    kRecent,
    kKeyword,  // text
    kBefore,   // date, of INTERNALDATE
    kOn,
    kSince,
    kSentBefore,  // date, of the Date: field
    kSentOn,
    kSentSince,
    kLarger,  // number
    kSmaller,
    kHeader,  // name and text
    kBody,    // text
    kText,
  };
  Kind kind = Kind::kAllOf;
  std::vector<SearchKey> children;
  SequenceSet set;
  std::uint64_t number = 0;
  Date date;
  std::string name;
  std::string text;  // octets in the charset of the program
};

struct SearchArguments {
  std::string charset;  // as written; empty: not given, which is US-ASCII or UTF-8
  SearchKey key;        // kAllOf
};

SearchArguments ParseSearch(Scanner& scanner);

}  // namespace posthorn::imap
