#include "imap-gateway/parser/search_program.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "imap-gateway/parser/flags.h"

namespace posthorn::imap {
namespace {

using Kind = SearchKey::Kind;

// What follows the word of a key.
enum class Argument {
  kNone,
  kString,
  kKeyword,
  kDate,
  kNumber,
  kUidSet,
  kUidAfter,
  kUidBefore,
  kHeader,
  kModSeq,
  kObjectId,
  kInterval,
  kFilter
};

struct NamedKey {
  absl::string_view name;
  Kind kind;
  Argument argument;
  std::uint32_t flag = 0;
  bool negated = false;
  absl::string_view header;
};

// RFC 3501 9: search-key.
constexpr std::array kKeys = {
    NamedKey{"ALL", Kind::kAllOf, Argument::kNone},
    NamedKey{"ANSWERED", Kind::kFlag, Argument::kNone, kAnswered},
    NamedKey{"BCC", Kind::kHeader, Argument::kString, 0, false, "Bcc"},
    NamedKey{"BEFORE", Kind::kBefore, Argument::kDate},
    NamedKey{"BODY", Kind::kBody, Argument::kString},
    NamedKey{"CC", Kind::kHeader, Argument::kString, 0, false, "Cc"},
    NamedKey{"DELETED", Kind::kFlag, Argument::kNone, kDeleted},
    NamedKey{"DRAFT", Kind::kFlag, Argument::kNone, kDraft},
    NamedKey{"EMAILID", Kind::kEmailId, Argument::kObjectId},
    NamedKey{"FILTER", Kind::kFilter, Argument::kFilter},
    NamedKey{"FLAGGED", Kind::kFlag, Argument::kNone, kFlagged},
    NamedKey{"FROM", Kind::kHeader, Argument::kString, 0, false, "From"},
    NamedKey{"HEADER", Kind::kHeader, Argument::kHeader},
    NamedKey{"KEYWORD", Kind::kKeyword, Argument::kKeyword},
    NamedKey{"LARGER", Kind::kLarger, Argument::kNumber},
    NamedKey{"OLDER", Kind::kOlder, Argument::kInterval},
    NamedKey{"OLD", Kind::kRecent, Argument::kNone, 0, true},
    NamedKey{"MODSEQ", Kind::kModSeq, Argument::kModSeq},
    NamedKey{"ON", Kind::kOn, Argument::kDate},
    NamedKey{"RECENT", Kind::kRecent, Argument::kNone},
    NamedKey{"SAVEDATESUPPORTED", Kind::kAllOf, Argument::kNone},
    NamedKey{"SAVEDBEFORE", Kind::kSavedBefore, Argument::kDate},
    NamedKey{"SAVEDON", Kind::kSavedOn, Argument::kDate},
    NamedKey{"SAVEDSINCE", Kind::kSavedSince, Argument::kDate},
    NamedKey{"SEEN", Kind::kFlag, Argument::kNone, kSeen},
    NamedKey{"SENTBEFORE", Kind::kSentBefore, Argument::kDate},
    NamedKey{"SENTON", Kind::kSentOn, Argument::kDate},
    NamedKey{"SENTSINCE", Kind::kSentSince, Argument::kDate},
    NamedKey{"SINCE", Kind::kSince, Argument::kDate},
    NamedKey{"SMALLER", Kind::kSmaller, Argument::kNumber},
    NamedKey{"SUBJECT", Kind::kHeader, Argument::kString, 0, false, "Subject"},
    NamedKey{"TEXT", Kind::kText, Argument::kString},
    NamedKey{"THREADID", Kind::kThreadId, Argument::kObjectId},
    NamedKey{"TO", Kind::kHeader, Argument::kString, 0, false, "To"},
    NamedKey{"UID", Kind::kUid, Argument::kUidSet},
    NamedKey{"UIDAFTER", Kind::kUid, Argument::kUidAfter},    // RFC 9738 3.2
    NamedKey{"UIDBEFORE", Kind::kUid, Argument::kUidBefore},  // RFC 9738 3.2
    NamedKey{"UNANSWERED", Kind::kFlag, Argument::kNone, kAnswered, true},
    NamedKey{"UNDELETED", Kind::kFlag, Argument::kNone, kDeleted, true},
    NamedKey{"UNDRAFT", Kind::kFlag, Argument::kNone, kDraft, true},
    NamedKey{"UNFLAGGED", Kind::kFlag, Argument::kNone, kFlagged, true},
    NamedKey{"UNKEYWORD", Kind::kKeyword, Argument::kKeyword, 0, true},
    NamedKey{"UNSEEN", Kind::kFlag, Argument::kNone, kSeen, true},
    NamedKey{"YOUNGER", Kind::kYounger, Argument::kInterval},
};

SearchKey Negate(SearchKey key) {
  SearchKey negated;
  negated.kind = Kind::kNot;
  negated.children.push_back(std::move(key));
  return negated;
}

class SearchParser {
 public:
  explicit SearchParser(Scanner& scanner) : scanner_(scanner) {}

  // Keys with spaces between them, to the end or to ')'.
  SearchKey ParseKeys(int depth) {
    SearchKey all;
    do {
      all.children.push_back(ParseKey(depth));
    } while (scanner_.ok() && scanner_.TrySkip(' '));
    return all;
  }

 private:
  SearchKey ParseKey(int depth) {
    bool negated = false;
    while (scanner_.TrySkipWord("NOT")) {
      scanner_.Space();
      negated = !negated;
    }
    // RFC 6203 7. Within itself it changes nothing.
    bool fuzzy = false;
    while (scanner_.TrySkipWord("FUZZY")) {
      scanner_.Space();
      fuzzy = true;
    }
    if (fuzzy) {
      SearchKey key;
      key.kind = Kind::kFuzzy;
      key.children.push_back(ParseOperand(depth));
      return negated ? Negate(std::move(key)) : key;
    }
    SearchKey key = scanner_.TrySkipWord("OR") ? ParseOr(depth) : ParsePositive(depth);
    return negated ? Negate(std::move(key)) : key;
  }

  // After the word OR. "OR a OR b c" is one node of three.
  SearchKey ParseOr(int depth) {
    SearchKey any;
    any.kind = Kind::kAnyOf;
    do {
      scanner_.Space();
      any.children.push_back(ParseOperand(depth));
      scanner_.Space();
    } while (scanner_.ok() && scanner_.TrySkipWord("OR"));
    any.children.push_back(ParseOperand(depth));
    return any;
  }

  // An operand of OR or FUZZY counts as a level, so that "OR OR OR ..." on the left is bounded as
  // well.
  SearchKey ParseOperand(int depth) {
    const bool nests = absl::StartsWithIgnoreCase(scanner_.rest(), "OR ") ||
                       absl::StartsWithIgnoreCase(scanner_.rest(), "NOT ");
    return ParseKey(nests ? Deeper(depth) : depth);
  }

  SearchKey ParsePositive(int depth) {
    if (!scanner_.ok() || ++keys_ > kMaxSearchKeys) {
      scanner_.Fail("Too many search keys");
      return {};
    }
    if (scanner_.TrySkip('(')) {
      const int inner = Deeper(depth);
      if (!scanner_.ok()) {
        return {};
      }
      SearchKey key = ParseKeys(inner);
      scanner_.Skip(')');
      return key;
    }
    const char first = scanner_.Peek();
    if (first == '*' || first == '$' || absl::ascii_isdigit(static_cast<unsigned char>(first))) {
      SearchKey key;
      key.kind = Kind::kSequence;
      key.set = ParseSequenceSet(scanner_);
      return key;
    }
    return ParseNamed();
  }

  int Deeper(int depth) {
    if (depth >= kMaxSearchDepth) {
      scanner_.Fail("Search keys nested too deeply");
    }
    return depth + 1;
  }

  SearchKey ParseNamed() {
    const absl::string_view word = scanner_.Word();
    if (absl::EqualsIgnoreCase(word, "NEW")) {
      // RFC 3501 6.4.4: NEW is RECENT UNSEEN.
      SearchKey recent;
      recent.kind = Kind::kRecent;
      SearchKey seen;
      seen.kind = Kind::kFlag;
      seen.number = kSeen;
      SearchKey both;
      both.children.push_back(std::move(recent));
      both.children.push_back(Negate(std::move(seen)));
      return both;
    }
    for (const NamedKey& named : kKeys) {
      if (absl::EqualsIgnoreCase(word, named.name)) {
        SearchKey key = ParseArgument(named);
        return named.negated ? Negate(std::move(key)) : key;
      }
    }
    scanner_.Fail("Unknown search key");
    return {};
  }

  SearchKey ParseArgument(const NamedKey& named) {
    SearchKey key;
    key.kind = named.kind;
    key.number = named.flag;
    key.name = std::string(named.header);
    if (named.argument != Argument::kNone) {
      scanner_.Space();
    }
    switch (named.argument) {
      case Argument::kNone:
        break;
      case Argument::kHeader:
        key.name = scanner_.Astring();
        scanner_.Space();
        key.text = scanner_.Astring();
        break;
      case Argument::kString:
        key.text = scanner_.Astring();
        break;
      case Argument::kObjectId:
      case Argument::kKeyword:
        key.text = std::string(scanner_.Atom());
        break;
      case Argument::kDate:
        key.date = ParseDate(scanner_);
        break;
      case Argument::kNumber:
        key.number = scanner_.Number64();
        break;
      case Argument::kFilter:
        // RFC 5466 4: filter-name = 1*<any ATOM-CHAR except "/">
        key.text = std::string(scanner_.Atom());
        if (absl::StrContains(key.text, '/')) {
          scanner_.Fail("Invalid filter name");
        }
        break;
      case Argument::kInterval:
        // RFC 5032 3: nz-number.
        key.number = scanner_.NzNumber();
        break;
      case Argument::kUidSet:
        key.set = ParseSequenceSet(scanner_);
        break;
      case Argument::kUidAfter:
        if (const std::uint32_t uid = scanner_.NzNumber(); uid < UINT32_MAX) {
          key.set.Add({uid + 1, UINT32_MAX});
        }
        break;
      case Argument::kUidBefore:
        if (const std::uint32_t uid = scanner_.NzNumber(); uid > 1) {
          key.set.Add({1, uid - 1});
        }
        break;
      case Argument::kModSeq:
        key.number = ParseModSeq();
        break;
    }
    return key;
  }

  // RFC 7162 3.1.5: MODSEQ ["/flags/name" priv|shared|all] number. A message has one MODSEQ for
  // all its flags.
  std::uint64_t ParseModSeq() {
    if (scanner_.Peek() == '"') {
      const std::string entry = scanner_.String();
      scanner_.Space();
      const absl::string_view type = scanner_.Word();
      const bool known = absl::EqualsIgnoreCase(type, "priv") ||
                         absl::EqualsIgnoreCase(type, "shared") ||
                         absl::EqualsIgnoreCase(type, "all");
      if (!absl::StartsWithIgnoreCase(entry, "/flags/") || !known) {
        scanner_.Fail("Unknown MODSEQ entry");
      }
      scanner_.Space();
    }
    return scanner_.Number64();
  }

  Scanner& scanner_;
  std::size_t keys_ = 0;
};

}  // namespace

SearchArguments ParseSearch(Scanner& scanner) {
  SearchArguments arguments;
  arguments.returns = ParseSearchReturn(scanner);
  if (scanner.TrySkipWord("CHARSET")) {
    scanner.Space();
    arguments.charset = scanner.Astring();
    scanner.Space();
  }
  arguments.key = ParseSearchKeys(scanner);
  return arguments;
}

SearchKey ParseSearchKeys(Scanner& scanner) {
  SearchParser parser(scanner);
  return parser.ParseKeys(0);
}

bool HasKey(const SearchKey& key, SearchKey::Kind kind) {
  return key.kind == kind ||
         std::any_of(key.children.begin(), key.children.end(),
                     [kind](const SearchKey& child) { return HasKey(child, kind); });
}

}  // namespace posthorn::imap
