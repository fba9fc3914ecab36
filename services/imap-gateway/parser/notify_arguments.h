#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "imap-gateway/parser/fetch_attributes.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

inline constexpr std::size_t kMaxNotifyGroups = 100;
inline constexpr std::size_t kMaxNotifyNames = 1000;

// Events of RFC 5465 5, as bits. MessageNew and MessageExpunge are asked for together.
enum NotifyEvent : std::uint32_t {
  kNotifyMessages = 1,
  kNotifyFlags = 2,
  kNotifyNames = 4,
  kNotifySubscriptions = 8,
  kNotifyMetadata = 16,        // MailboxMetadataChange
  kNotifyServerMetadata = 32,  // of the server, whatever mailboxes it is asked for with
};

struct NotifyArguments {
  // RFC 5465 6.1: what is told of the selected mailbox; only kNotifyMessages and kNotifyFlags.
  struct Selected {
    std::uint32_t events = 0;
    bool delayed = false;          // MessageExpunge waits for a command that may tell it
    std::vector<FetchItem> fetch;  // told of new messages
  };
  // RFC 5465 6.2 to 6.6: mailboxes that are not selected.
  struct Group {
    enum class Filter { kInboxes, kPersonal, kSubscribed, kSubtree, kMailboxes };
    Filter filter = Filter::kPersonal;
    std::vector<std::string> names;  // of kSubtree and kMailboxes, as written
    std::uint32_t events = 0;
  };
  bool status = false;  // SET STATUS
  std::optional<Selected> selected;
  std::vector<Group> groups;
  // Some event is none that is supported: the command is refused with NO.
  bool bad_event = false;
};

// RFC 5465 8: NONE is arguments without anything.
NotifyArguments ParseNotify(Scanner& scanner);

}  // namespace posthorn::imap
