#pragma once

#include <optional>
#include <vector>

#include "imap-gateway/parser/partial_range.h"
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
    kModSeq,         // RFC 7162 3.1.4.2
    kPreview,        // RFC 8970
    kSaveDate,       // RFC 8514
    kEmailId,        // RFC 8474 5.1
    kThreadId,       // RFC 8474 5.2
    kSection,        // BODY[...], BODY.PEEK[...]
    kBinary,         // RFC 3516: BINARY[...], BINARY.PEEK[...]
    kBinarySize,     // RFC 3516: BINARY.SIZE[...]
    kRfc822,         // as BODY[], under its own name
    kRfc822Header,   // as BODY.PEEK[HEADER]
    kRfc822Text,     // as BODY[TEXT]
  };
  Kind kind = Kind::kFlags;
  Section section;  // filled for those from kSection on
  std::optional<Partial> partial;
  bool peek = false;
  bool lazy = false;  // of kPreview

  // Octets are asked for as they are before transfer encoding.
  bool Decodes() const { return kind == Kind::kBinary || kind == Kind::kBinarySize; }
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
  // RFC 7162 3.1.4.1: only messages with a greater MODSEQ.
  std::optional<std::uint64_t> changed_since;
  bool vanished = false;  // RFC 7162 3.2.6
  // RFC 9394 3.3: only these of the messages in the set.
  std::optional<PartialRange> partial;
};
FetchArguments ParseFetch(Scanner& scanner);

}  // namespace posthorn::imap
