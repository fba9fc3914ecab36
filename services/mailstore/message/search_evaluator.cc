#include "mailstore/message/search_evaluator.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mailstore/message/text_parts.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

constexpr int kMaxDepth = 100;
constexpr int kMaxKeys = 10'000;
constexpr int64_t kDay = 86'400;

int64_t FloorDay(int64_t seconds) {
  return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
}

// RFC 9051 6.4.4: FROM, TO, CC, BCC and SUBJECT look into the envelope.
bool MatchesAddresses(const google::protobuf::RepeatedPtrField<v1::Address>& addresses,
                      const mail::CaselessMatcher& matcher) {
  for (const v1::Address& address : addresses) {
    const std::string text = absl::StrCat(address.name(), address.name().empty() ? "" : " ", "<",
                                          address.mailbox(), "@", address.host(), ">");
    if (matcher.MatchesHeader(text)) {
      return true;
    }
  }
  return false;
}

// Nothing if the field is not one that the envelope has.
std::optional<bool> MatchesEnvelope(absl::string_view name, const v1::Envelope& envelope,
                                    const mail::CaselessMatcher& matcher) {
  if (name == "subject") {
    return envelope.has_subject() && matcher.MatchesHeader(envelope.subject());
  }
  if (name == "message-id") {
    return envelope.has_message_id() && matcher.MatchesHeader(envelope.message_id());
  }
  if (name == "in-reply-to") {
    return envelope.has_in_reply_to() && matcher.MatchesHeader(envelope.in_reply_to());
  }
  if (name == "from") {
    return MatchesAddresses(envelope.from(), matcher);
  }
  if (name == "to") {
    return MatchesAddresses(envelope.to(), matcher);
  }
  if (name == "cc") {
    return MatchesAddresses(envelope.cc(), matcher);
  }
  if (name == "bcc") {
    return MatchesAddresses(envelope.bcc(), matcher);
  }
  return std::nullopt;
}

std::optional<bool> MatchesHeader(const std::string& name, const mail::CaselessMatcher& matcher,
                                  const SearchSubject& subject) {
  v1::Envelope envelope;
  if (subject.envelope.has_value() &&
      envelope.ParseFromArray(subject.envelope->data(),
                              static_cast<int>(subject.envelope->size()))) {
    if (const auto known = MatchesEnvelope(name, envelope, matcher); known.has_value()) {
      return known;
    }
  }
  if (!subject.octets.has_value()) {
    return std::nullopt;
  }
  mail::HeaderReader reader(*subject.octets);
  while (const auto field = reader.Next()) {
    if (field->Is(name) && matcher.MatchesHeader(field->value)) {
      return true;
    }
  }
  return false;
}

// RFC 9051 6.4.4 SENTBEFORE: the Date field, disregarding time and zone. Without one that can be
// read, the time of arrival.
std::optional<int64_t> SentDay(const SearchSubject& subject) {
  v1::Envelope envelope;
  if (!subject.envelope.has_value() ||
      !envelope.ParseFromArray(subject.envelope->data(),
                               static_cast<int>(subject.envelope->size()))) {
    return std::nullopt;
  }
  if (const auto date = mail::ParseDate(envelope.date()); date.has_value()) {
    return FloorDay(date->unix_seconds + int64_t{60} * date->zone_minutes);
  }
  return FloorDay(subject.row.internal_date);
}

}  // namespace

struct SearchEvaluator::Builder {
  const MailboxState& mailbox;
  uint32_t recent_from_uid = 0;
  int keys = 0;

  absl::Status Build(const v1::SearchKey& key, int depth, Node* node);
  absl::Status BuildList(const v1::SearchKey::List& list, int depth, Node* node);
  void BuildDays(const v1::SearchKey::Days& days, Node* node);
  void BuildText(Node::Kind kind, const std::string& text, Node* node) {
    node->kind = kind;
    node->matcher = std::make_shared<const mail::CaselessMatcher>(text);
  }
};

absl::Status SearchEvaluator::Builder::BuildList(const v1::SearchKey::List& list, int depth,
                                                 Node* node) {
  for (const v1::SearchKey& key : list.keys()) {
    if (const absl::Status status = Build(key, depth + 1, &node->children.emplace_back());
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

void SearchEvaluator::Builder::BuildDays(const v1::SearchKey::Days& days, Node* node) {
  node->kind = days.sent() ? Node::Kind::kSent : Node::Kind::kArrived;
  node->from = days.from_day() == 0 ? INT64_MIN : days.from_day();
  node->before = days.before_day() == 0 ? INT64_MAX : days.before_day();
}

absl::Status SearchEvaluator::Builder::Build(const v1::SearchKey& key, int depth, Node* node) {
  if (depth > kMaxDepth || ++keys > kMaxKeys) {
    return absl::InvalidArgumentError("search: too deep or too long");
  }
  switch (key.key_case()) {
    case v1::SearchKey::kAllOf:
      return BuildList(key.all_of(), depth, node);
    case v1::SearchKey::kAnyOf:
      node->kind = Node::Kind::kAny;
      return BuildList(key.any_of(), depth, node);
    case v1::SearchKey::kNoneOf:
      node->kind = Node::Kind::kNot;
      return Build(key.none_of(), depth + 1, &node->children.emplace_back());
    case v1::SearchKey::kUids: {
      node->kind = Node::Kind::kUids;
      absl::StatusOr<UidRanges> uids = UidRanges::Parse(key.uids());
      if (!uids.ok()) {
        return uids.status();
      }
      node->uids = *std::move(uids);
      break;
    }
    case v1::SearchKey::kFlags:
      node->kind = Node::Kind::kFlags;
      node->set = key.flags().set();
      node->unset = key.flags().unset();
      break;
    case v1::SearchKey::kKeyword: {
      node->kind = Node::Kind::kKeyword;
      const int bit = FindKeyword(mailbox, key.keyword());
      node->keyword = bit < 0 ? 0 : uint64_t{1} << bit;
      break;
    }
    case v1::SearchKey::kDays:
      BuildDays(key.days(), node);
      break;
    case v1::SearchKey::kSize:
      node->kind = Node::Kind::kSize;
      node->from = key.size().has_larger() ? static_cast<int64_t>(key.size().larger()) + 1 : 0;
      node->before =
          key.size().has_smaller() ? static_cast<int64_t>(key.size().smaller()) : INT64_MAX;
      break;
    case v1::SearchKey::kHeader:
      BuildText(Node::Kind::kHeader, key.header().value(), node);
      node->name = absl::AsciiStrToLower(key.header().name());
      break;
    case v1::SearchKey::kBody:
      BuildText(Node::Kind::kBody, key.body(), node);
      break;
    case v1::SearchKey::kText:
      BuildText(Node::Kind::kText, key.text(), node);
      break;
    case v1::SearchKey::kRecent:
      node->kind = Node::Kind::kRecent;
      node->set = recent_from_uid;
      break;
    case v1::SearchKey::KEY_NOT_SET:
      return absl::InvalidArgumentError("search: a key without a kind");
  }
  return absl::OkStatus();
}

absl::StatusOr<SearchEvaluator> SearchEvaluator::Prepare(const v1::SearchKey& key,
                                                         const MailboxState& mailbox,
                                                         uint32_t recent_from_uid) {
  SearchEvaluator evaluator;
  Builder builder{mailbox, recent_from_uid};
  if (const absl::Status status = builder.Build(key, 1, &evaluator.root_); !status.ok()) {
    return status;
  }
  return evaluator;
}

std::optional<bool> SearchEvaluator::Eval(const Node& node, const SearchSubject& subject) {
  const auto within = [&node](int64_t value) { return value >= node.from && value < node.before; };
  const MessageRow& row = subject.row;
  switch (node.kind) {
    case Node::Kind::kAll:
    case Node::Kind::kAny: {
      // What decides the whole: false for all, true for any.
      const bool decisive = node.kind == Node::Kind::kAny;
      bool known = true;
      for (const Node& child : node.children) {
        const std::optional<bool> matches = Eval(child, subject);
        if (matches == decisive) {
          return decisive;
        }
        known = known && matches.has_value();
      }
      return known ? std::optional<bool>(!decisive) : std::nullopt;
    }
    case Node::Kind::kNot: {
      const std::optional<bool> matches = Eval(node.children.front(), subject);
      return matches.has_value() ? std::optional<bool>(!*matches) : std::nullopt;
    }
    case Node::Kind::kUids:
      return node.uids.Contains(row.uid.value());
    case Node::Kind::kFlags:
      return (row.flags & node.set) == node.set && (row.flags & node.unset) == 0;
    case Node::Kind::kKeyword:
      return (row.keywords & node.keyword) != 0;
    case Node::Kind::kRecent:
      return node.set != 0 && row.uid.value() >= node.set;
    case Node::Kind::kArrived:
      return within(FloorDay(row.internal_date));
    case Node::Kind::kSent: {
      const std::optional<int64_t> day = SentDay(subject);
      return day.has_value() ? std::optional<bool>(within(*day)) : std::nullopt;
    }
    case Node::Kind::kSize:
      return within(row.size);
    case Node::Kind::kHeader:
      return MatchesHeader(node.name, *node.matcher, subject);
    case Node::Kind::kBody:
    case Node::Kind::kText:
      if (!subject.octets.has_value() || !subject.body_structure.has_value()) {
        return std::nullopt;
      }
      return TextContains(*subject.octets, *subject.body_structure, *node.matcher,
                          node.kind == Node::Kind::kText);
  }
  return false;
}

}  // namespace posthorn::store
