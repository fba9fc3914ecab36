#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap-gateway/parser/date_time.h"
#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/search_return.h"
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
    kSavedBefore,  // date, of SAVEDATE (RFC 8514)
    kSavedOn,
    kSavedSince,
    kSentBefore,  // date, of the Date: field
    kSentOn,
    kSentSince,
    kLarger,  // number
    kSmaller,
    kHeader,  // name and text
    kBody,    // text
    kText,
    kModSeq,    // number (RFC 7162 3.1.5)
    kEmailId,   // text, an ObjectID (RFC 8474 6)
    kThreadId,  // text
    kYounger,   // number: seconds (RFC 5032)
    kOlder,
    kFuzzy,   // the one child, matched as RFC 6203 has it
    kFilter,  // text, the name of a filter (RFC 5466)
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
  SearchReturn returns;
  std::string charset;  // as written; empty: not given, which is US-ASCII or UTF-8
  SearchKey key;        // kAllOf
};

SearchArguments ParseSearch(Scanner& scanner);
// The keys alone, to the end of the text.
SearchKey ParseSearchKeys(Scanner& scanner);

// Whether one of the keys is of this kind.
bool HasKey(const SearchKey& key, SearchKey::Kind kind);

}  // namespace posthorn::imap
