// Whether a message matches a search (RFC 9051 6.4.4), with as much of the message as is at hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mail/text_search.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"
#include "mailstore/storage/uid_set.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

// What is known of one message. Views must live during the call.
struct SearchSubject {
  MessageRow row;
  // Serialized v1::Envelope and v1::BodyStructure, once they were read.
  std::optional<absl::string_view> envelope;
  std::optional<absl::string_view> body_structure;
  // All octets, once they were read.
  std::optional<absl::string_view> octets;
};

// A search key, prepared. Immutable.
class SearchEvaluator {
 public:
  // InvalidArgument for a malformed set, a tree deeper than 100 or larger than 10,000 keys.
  static absl::StatusOr<SearchEvaluator> Prepare(const v1::SearchKey& key,
                                                 const MailboxState& mailbox,
                                                 uint32_t recent_from_uid);

  // True or false, or nothing if that takes more of the message than is known.
  std::optional<bool> Matches(const SearchSubject& subject) const { return Eval(root_, subject); }

 private:
  struct Node {
    enum class Kind {
      kAll,
      kAny,
      kNot,
      kUids,
      kFlags,
      kKeyword,
      kArrived,
      kSent,
      kSize,
      kHeader,
      kBody,
      kText,
      kRecent
    };
    Kind kind = Kind::kAll;
    std::vector<Node> children;
    UidRanges uids;
    uint32_t set = 0;
    uint32_t unset = 0;
    uint64_t keyword = 0;        // mask; none: no message has it
    int64_t from = INT64_MIN;    // days or octets, inclusive
    int64_t before = INT64_MAX;  // exclusive
    std::string name;            // of a header field, lower case
    std::shared_ptr<const mail::CaselessMatcher> matcher;
  };
  struct Builder;

  static std::optional<bool> Eval(const Node& node, const SearchSubject& subject);

  Node root_;
};

}  // namespace posthorn::store
