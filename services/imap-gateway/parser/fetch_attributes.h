#pragma once

#include <optional>
#include <vector>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/section.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxFetchItems = 200;

// One thing asked of each message.
struct FetchItem {
  enum class Kind {
    kUid,
    kFlags,
    kInternalDate,
    kSize,
    kEnvelope,
    kBody,           // BODY without brackets
    kBodyStructure,  // BODYSTRUCTURE
    kSection,        // BODY[...], BODY.PEEK[...]
    kRfc822,         // as BODY[], under its own name
    kRfc822Header,   // as BODY.PEEK[HEADER]
    kRfc822Text,     // as BODY[TEXT]
  };
  Kind kind = Kind::kFlags;
  Section section;  // filled for the last four
  std::optional<Partial> partial;
  bool peek = false;

  // True if it reads octets of the message.
  bool ReadsBody() const { return kind >= Kind::kSection; }
  // RFC 3501 6.4.5: fetching it sets \Seen.
  bool SetsSeen() const { return ReadsBody() && !peek; }
  bool operator==(const FetchItem&) const = default;
};

// RFC 3501 6.4.5: one attribute, a list of them, or ALL, FAST, FULL. Repeated items come once.
std::vector<FetchItem> ParseFetchItems(Scanner& scanner);

struct FetchArguments {
  SequenceSet set;
  std::vector<FetchItem> items;
};
FetchArguments ParseFetch(Scanner& scanner);

}  // namespace posthorn::imap
