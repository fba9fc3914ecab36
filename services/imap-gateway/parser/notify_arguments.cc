#include "imap-gateway/parser/notify_arguments.h"

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

using Group = NotifyArguments::Group;
using Filter = Group::Filter;

struct NamedFilter {
  absl::string_view name;
  Filter filter;
};
constexpr NamedFilter kFilters[] = {{"INBOXES", Filter::kInboxes},
                                    {"PERSONAL", Filter::kPersonal},
                                    {"SUBSCRIBED", Filter::kSubscribed},
                                    {"SUBTREE", Filter::kSubtree},
                                    {"MAILBOXES", Filter::kMailboxes}};

// The events of one group.
struct Events {
  bool message_new = false;
  bool message_expunge = false;
  bool needs_messages = false;  // FlagChange or AnnotationChange
  bool of_messages_only = true;
  std::uint32_t bits = 0;
  std::vector<FetchItem> fetch;
};

class NotifyParser {
 public:
  explicit NotifyParser(Scanner& scanner) : scanner_(scanner) {}

  NotifyArguments Parse() {
    if (scanner_.TrySkipWord("NONE")) {
      return {};
    }
    if (!scanner_.TrySkipWord("SET")) {
      scanner_.Fail("SET or NONE expected");
    }
    scanner_.Space();
    if (scanner_.TrySkipWord("STATUS")) {
      arguments_.status = true;
      scanner_.Space();
    }
    do {
      ParseGroup();
    } while (scanner_.ok() && scanner_.TrySkip(' '));
    return std::move(arguments_);
  }

 private:
  void ParseGroup() {
    if (++groups_ > kMaxNotifyGroups) {
      scanner_.Fail("Too many event groups");
    }
    scanner_.Skip('(');
    const absl::string_view word = scanner_.Word();
    const bool delayed = absl::EqualsIgnoreCase(word, "SELECTED-DELAYED");
    if (delayed || absl::EqualsIgnoreCase(word, "SELECTED")) {
      ParseSelected(delayed);
    } else {
      ParseOther(word);
    }
    scanner_.Skip(')');
  }

  void ParseSelected(bool delayed) {
    scanner_.Space();
    Events events = ParseEvents();
    // RFC 5465 6.1: once, and only events of messages.
    if (arguments_.selected || !events.of_messages_only) {
      scanner_.Fail("SELECTED comes once, with events of messages");
    }
    arguments_.selected = NotifyArguments::Selected{
        .events = events.bits, .delayed = delayed, .fetch = std::move(events.fetch)};
  }

  void ParseOther(absl::string_view word) {
    Group group;
    bool known = false;
    for (const NamedFilter& named : kFilters) {
      if (absl::EqualsIgnoreCase(word, named.name)) {
        group.filter = named.filter;
        known = true;
      }
    }
    if (!known) {
      scanner_.Fail("Unknown mailbox filter");
      return;
    }
    scanner_.Space();
    if (group.filter == Filter::kSubtree || group.filter == Filter::kMailboxes) {
      ParseNames(group);
      scanner_.Space();
    }
    const Events events = ParseEvents();
    if (!events.fetch.empty()) {
      scanner_.Fail("FETCH attributes are for SELECTED");
    }
    group.events = events.bits;
    arguments_.groups.push_back(std::move(group));
  }

  void ParseNames(Group& group) {
    const bool many = scanner_.TrySkip('(');
    do {
      if (++names_ > kMaxNotifyNames) {
        scanner_.Fail("Too many mailbox names");
      }
      group.names.push_back(scanner_.Astring());
    } while (many && scanner_.ok() && scanner_.TrySkip(' '));
    if (many) {
      scanner_.Skip(')');
    }
  }

  // NONE, or events. RFC 5465 8 has them in parentheses, its examples have not.
  Events ParseEvents() {
    Events events;
    if (scanner_.TrySkipWord("NONE")) {
      return events;
    }
    const bool parenthesized = scanner_.TrySkip('(');
    do {
      ParseEvent(events);
    } while (scanner_.ok() && scanner_.TrySkip(' '));
    if (parenthesized) {
      scanner_.Skip(')');
    }
    // RFC 5465 5.
    if (events.message_new != events.message_expunge ||
        (events.needs_messages && !events.message_new)) {
      scanner_.Fail("MessageNew and MessageExpunge go together, and with all others of messages");
    }
    if (events.message_new) {
      events.bits |= kNotifyMessages;
    }
    return events;
  }

  void ParseEvent(Events& events) {
    const absl::string_view word = scanner_.Word();
    if (absl::EqualsIgnoreCase(word, "MessageNew")) {
      events.message_new = true;
      if (absl::StartsWith(scanner_.rest(), " (")) {
        scanner_.Space();
        events.fetch = ParseFetchItems(scanner_);
      }
    } else if (absl::EqualsIgnoreCase(word, "MessageExpunge")) {
      events.message_expunge = true;
    } else if (absl::EqualsIgnoreCase(word, "FlagChange")) {
      events.needs_messages = true;
      events.bits |= kNotifyFlags;
    } else if (absl::EqualsIgnoreCase(word, "AnnotationChange")) {
      events.needs_messages = true;
      arguments_.bad_event = true;
    } else {
      events.of_messages_only = false;
      if (absl::EqualsIgnoreCase(word, "MailboxName")) {
        events.bits |= kNotifyNames;
      } else if (absl::EqualsIgnoreCase(word, "SubscriptionChange")) {
        events.bits |= kNotifySubscriptions;
      } else if (absl::EqualsIgnoreCase(word, "MailboxMetadataChange")) {
        events.bits |= kNotifyMetadata;
      } else if (absl::EqualsIgnoreCase(word, "ServerMetadataChange")) {
        events.bits |= kNotifyServerMetadata;
      } else {
        arguments_.bad_event = true;
      }
    }
  }

  Scanner& scanner_;
  NotifyArguments arguments_;
  std::size_t groups_ = 0;
  std::size_t names_ = 0;
};

}  // namespace

NotifyArguments ParseNotify(Scanner& scanner) { return NotifyParser(scanner).Parse(); }

}  // namespace posthorn::imap
