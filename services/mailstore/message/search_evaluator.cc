#include "mailstore/message/search_evaluator.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "mail/header.h"
#include "mailstore/message/text_parts.h"

namespace posthorn::store {
namespace {

constexpr int kMaxDepth = 100;
constexpr int kMaxKeys = 10'000;
constexpr int64_t kDay = 86'400;

int64_t FloorDay(int64_t seconds) {
  return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
}

// The field of the columns with this name (in lower case).
std::optional<HeaderText> KnownField(absl::string_view name) {
  static constexpr struct {
    absl::string_view name;
    HeaderText text;
  } kFields[] = {{"subject", HeaderText::kSubject},
                 {"from", HeaderText::kFrom},
                 {"to", HeaderText::kTo},
                 {"cc", HeaderText::kCc},
                 {"bcc", HeaderText::kBcc},
                 {"message-id", HeaderText::kMessageId},
                 {"in-reply-to", HeaderText::kInReplyTo}};
  for (const auto& field : kFields) {
    if (field.name == name) {
      return field.text;
    }
  }
  return std::nullopt;
}

std::optional<int> HeaderScore(const std::string& name, const TextQuery& query,
                               const SearchSubject& subject) {
  if (const auto field = KnownField(name); field.has_value()) {
    if (!subject.header) {
      return std::nullopt;
    }
    const HeaderBlock& block = *subject.header.block;
    const size_t i = subject.header.i;
    // The empty text tests for presence.
    return !block.Has(i, *field) ? 0 : query.Score([&](const mail::CaselessMatcher& matcher) {
      return matcher.MatchesFolded(block.Text(i, *field));
    });
  }
  if (!subject.octets.has_value()) {
    return std::nullopt;
  }
  return query.Score([&](const mail::CaselessMatcher& matcher) {
    mail::HeaderReader reader(*subject.octets);
    while (const auto field = reader.Next()) {
      if (field->Is(name) && matcher.MatchesHeader(field->value)) {
        return true;
      }
    }
    return false;
  });
}

// RFC 9051 6.4.4 SENTBEFORE: the Date field, disregarding time and zone. Without one that can be
// read, the time of arrival.
std::optional<int64_t> SentDay(const SearchSubject& subject) {
  if (!subject.header) {
    return std::nullopt;
  }
  return subject.header.block->SentDay(subject.header.i)
      .value_or(FloorDay(subject.row.internal_date));
}

}  // namespace

struct SearchEvaluator::Builder {
  const MailboxState& mailbox;
  uint32_t recent_from_uid = 0;
  int64_t now = 0;
  int keys = 0;
  int fuzzy = 0;  // FUZZY keys around
  bool any_fuzzy = false;

  absl::Status Build(const v1::SearchKey& key, int depth, Node* node);
  absl::Status BuildList(const v1::SearchKey::List& list, int depth, Node* node);
  void BuildDays(const v1::SearchKey::Days& days, Node* node);
  void BuildAge(const v1::SearchKey::Age& age, Node* node);
  absl::Status BuildFuzzy(const v1::SearchKey& key, int depth, Node* node) {
    any_fuzzy = true;
    ++fuzzy;
    const absl::Status status = Build(key, depth + 1, node);
    --fuzzy;
    return status;
  }
  void BuildText(Node::Kind kind, const std::string& text, Node* node) {
    node->kind = kind;
    node->query = std::make_shared<const TextQuery>(text, fuzzy > 0);
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
  node->kind = days.sent()    ? Node::Kind::kSent
               : days.saved() ? Node::Kind::kSaved
                              : Node::Kind::kArrived;
  node->from = days.from_day() == 0 ? INT64_MIN : days.from_day();
  node->before = days.before_day() == 0 ? INT64_MAX : days.before_day();
}

// RFC 5032 3: the interval is counted back from now, both ends included.
void SearchEvaluator::Builder::BuildAge(const v1::SearchKey::Age& age, Node* node) {
  constexpr uint64_t kMost = uint64_t{1} << 40;
  node->kind = Node::Kind::kAge;
  if (age.younger() != 0) {
    node->from = now - static_cast<int64_t>(std::min(age.younger(), kMost));
  }
  if (age.older() != 0) {
    node->before = now - static_cast<int64_t>(std::min(age.older(), kMost)) + 1;
  }
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
    case v1::SearchKey::kAge:
      BuildAge(key.age(), node);
      break;
    case v1::SearchKey::kFuzzy:
      return BuildFuzzy(key.fuzzy(), depth, node);
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
    case v1::SearchKey::kModseq:
      node->kind = Node::Kind::kModSeq;
      node->from = static_cast<int64_t>(
          std::min<uint64_t>(key.modseq(), std::numeric_limits<int64_t>::max()));
      break;
    case v1::SearchKey::kContent:
      node->kind = Node::Kind::kContent;
      // 0 is no message's.
      node->content = key.content().account() == mailbox.key.account.value()
                          ? static_cast<int64_t>(key.content().id())
                          : 0;
      break;
    case v1::SearchKey::KEY_NOT_SET:
      return absl::InvalidArgumentError("search: a key without a kind");
  }
  return absl::OkStatus();
}

absl::StatusOr<SearchEvaluator> SearchEvaluator::Prepare(const v1::SearchKey& key,
                                                         const MailboxState& mailbox,
                                                         uint32_t recent_from_uid, int64_t now) {
  SearchEvaluator evaluator;
  Builder builder{mailbox, recent_from_uid, now};
  if (const absl::Status status = builder.Build(key, 1, &evaluator.root_); !status.ok()) {
    return status;
  }
  evaluator.fuzzy_ = builder.any_fuzzy;
  return evaluator;
}

std::optional<int> SearchEvaluator::TextScore(const Node& node, const SearchSubject& subject) {
  if (node.kind == Node::Kind::kHeader) {
    return HeaderScore(node.name, *node.query, subject);
  }
  if (!subject.octets.has_value() || !subject.body_structure.has_value()) {
    return std::nullopt;
  }
  return node.query->Score([&](const mail::CaselessMatcher& matcher) {
    return TextContains(*subject.octets, *subject.body_structure, matcher,
                        node.kind == Node::Kind::kText);
  });
}

int SearchEvaluator::Score(const Node& node, const SearchSubject& subject) {
  switch (node.kind) {
    case Node::Kind::kAll: {
      int worst = 100;
      for (const Node& child : node.children) {
        worst = std::min(worst, Score(child, subject));
      }
      return worst;
    }
    case Node::Kind::kAny: {
      int best = 0;
      for (const Node& child : node.children) {
        best = std::max(best, Score(child, subject));
      }
      return best;
    }
    case Node::Kind::kHeader:
    case Node::Kind::kBody:
    case Node::Kind::kText:
      return TextScore(node, subject).value_or(0);
    default:
      return Eval(node, subject).value_or(false) ? 100 : 0;
  }
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
    case Node::Kind::kAge:
      return within(row.internal_date);
    case Node::Kind::kArrived:
      return within(FloorDay(row.internal_date));
    case Node::Kind::kSaved:
      return within(FloorDay(row.save_date));
    case Node::Kind::kContent:
      return row.blob.value() == node.content;
    case Node::Kind::kSent: {
      const std::optional<int64_t> day = SentDay(subject);
      return day.has_value() ? std::optional<bool>(within(*day)) : std::nullopt;
    }
    case Node::Kind::kSize:
      return within(row.size);
    case Node::Kind::kModSeq:
      return row.modseq.value() >= node.from;
    case Node::Kind::kHeader:
    case Node::Kind::kBody:
    case Node::Kind::kText: {
      const std::optional<int> score = TextScore(node, subject);
      return score.has_value() ? std::optional<bool>(*score > 0) : std::nullopt;
    }
  }
  return false;
}

}  // namespace posthorn::store
