// Whether a message matches a search (RFC 9051 6.4.4), with as much of the message as is at hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailstore/cache/header_columns.h"
#include "mailstore/message/text_query.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"
#include "mailstore/storage/uid_set.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

// What is known of one message. Views must live during the call.
struct SearchSubject {
  MessageRow row;
  // Null until it was read.
  HeaderRow header;
  // Serialized v1::BodyStructure and all octets, once they were read.
  std::optional<absl::string_view> body_structure;
  std::optional<absl::string_view> octets;
};

// A search key, prepared. Immutable.
class SearchEvaluator {
 public:
  // InvalidArgument for a malformed set, a tree deeper than 100 or larger than 10,000 keys. `now`:
  // Unix seconds, which ages are counted from.
  static absl::StatusOr<SearchEvaluator> Prepare(const v1::SearchKey& key,
                                                 const MailboxState& mailbox,
                                                 uint32_t recent_from_uid, int64_t now);

  // True or false, or nothing if that takes more of the message than is known.
  std::optional<bool> Matches(const SearchSubject& subject) const { return Eval(root_, subject); }

  // How well a message that matches does so, 1 to 100 (RFC 6203 4), by as much of it as decided
  // that.
  int Relevancy(const SearchSubject& subject) const { return Score(root_, subject); }
  // Whether a relevancy other than 100 is possible.
  bool fuzzy() const { return fuzzy_; }

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
      kSaved,
      kContent,
      kAge,
      kSent,
      kSize,
      kHeader,
      kBody,
      kText,
      kRecent,
      kModSeq
    };
    Kind kind = Kind::kAll;
    std::vector<Node> children;
    UidRanges uids;
    uint32_t set = 0;
    uint32_t unset = 0;
    uint64_t keyword = 0;        // mask; none: no message has it
    int64_t content = 0;         // BlobId
    int64_t from = INT64_MIN;    // days or octets, inclusive
    int64_t before = INT64_MAX;  // exclusive
    std::string name;            // of a header field, lower case
    std::shared_ptr<const TextQuery> query;
  };
  struct Builder;

  static std::optional<bool> Eval(const Node& node, const SearchSubject& subject);
  // 0 for what does not match.
  static int Score(const Node& node, const SearchSubject& subject);
  // That of a text key; nothing if it takes more of the message.
  static std::optional<int> TextScore(const Node& node, const SearchSubject& subject);

  Node root_;
  bool fuzzy_ = false;
};

}  // namespace posthorn::store
