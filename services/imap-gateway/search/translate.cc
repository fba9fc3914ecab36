#include "imap-gateway/search/translate.h"

#include <algorithm>
#include <limits>

#include "imap-gateway/search/charset.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

using Kind = SearchKey::Kind;

// The messages of `all` that are not in `some`.
NumberRanges Without(const NumberRanges& all, const NumberRanges& some) {
  NumberRanges gaps;
  std::uint32_t next = 1;
  for (const NumberRange& range : some) {
    if (range.first > next) {
      gaps.push_back({next, range.first - 1});
    }
    if (range.last == std::numeric_limits<std::uint32_t>::max()) {
      return Intersect(all, gaps);
    }
    next = range.last + 1;
  }
  gaps.push_back({next, std::numeric_limits<std::uint32_t>::max()});
  return Intersect(all, gaps);
}

class Translator {
 public:
  Translator(const View& view, const NumberRanges& recent, absl::string_view charset)
      : view_(view), recent_(recent), charset_(charset) {}

  const absl::Status& status() const { return status_; }

  // The depth of the tree is bounded by the parser.
  void Translate(const SearchKey& key, v1::SearchKey& out) {
    switch (key.kind) {
      case Kind::kAllOf:
        out.mutable_all_of();
        for (const SearchKey& child : key.children) {
          Translate(child, *out.mutable_all_of()->add_keys());
        }
        return;
      case Kind::kAnyOf:
        for (const SearchKey& child : key.children) {
          Translate(child, *out.mutable_any_of()->add_keys());
        }
        return;
      case Kind::kNot:
        Translate(key.children.front(), *out.mutable_none_of());
        return;
      case Kind::kSequence:
        if (key.set.Exceeds(view_.size()) && !view_.empty()) {
          Fail(absl::OutOfRangeError("Sequence number out of range"));
        }
        *out.mutable_uids() = ToProto(view_.UidsAt(key.set.Resolve(view_.size())));
        return;
      case Kind::kUid:
        *out.mutable_uids() = ToProto(view_.Known(key.set.Resolve(view_.last_uid())));
        return;
      case Kind::kRecent:
        *out.mutable_uids() = ToProto(view_.Known(recent_));
        return;
      case Kind::kFlag:
        out.mutable_flags()->set_set(static_cast<std::uint32_t>(key.number));
        return;
      case Kind::kKeyword:
        out.set_keyword(key.text);
        return;
      case Kind::kLarger:
        out.mutable_size()->set_larger(key.number);
        return;
      case Kind::kSmaller:
        out.mutable_size()->set_smaller(key.number);
        return;
      case Kind::kHeader:
        out.mutable_header()->set_name(Utf8(key.name));
        out.mutable_header()->set_value(Utf8(key.text));
        return;
      case Kind::kBody:
        out.set_body(Utf8(key.text));
        return;
      case Kind::kText:
        out.set_text(Utf8(key.text));
        return;
      default:
        TranslateDate(key, *out.mutable_days());
    }
  }

 private:
  void TranslateDate(const SearchKey& key, v1::SearchKey::Days& days) {
    const auto day = static_cast<std::int32_t>(DaysSinceEpoch(key.date));
    days.set_sent(key.kind == Kind::kSentBefore || key.kind == Kind::kSentOn ||
                  key.kind == Kind::kSentSince);
    const bool on = key.kind == Kind::kOn || key.kind == Kind::kSentOn;
    if (on || key.kind == Kind::kSince || key.kind == Kind::kSentSince) {
      days.set_from_day(day);
    }
    if (on || key.kind == Kind::kBefore || key.kind == Kind::kSentBefore) {
      // 0 would leave the side open; nothing is dated between the two days.
      const std::int32_t before = on ? day + 1 : day;
      days.set_before_day(before == 0 ? -1 : before);
    }
  }

  std::string Utf8(absl::string_view text) {
    std::optional<std::string> utf8 = SearchTextToUtf8(text, charset_);
    if (!utf8) {
      Fail(absl::UnimplementedError("The text is not in the charset"));
      return {};
    }
    return *std::move(utf8);
  }

  void Fail(absl::Status status) {
    if (status_.ok()) {
      status_ = std::move(status);
    }
  }

  const View& view_;
  const NumberRanges& recent_;
  absl::string_view charset_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<v1::SearchKey> TranslateSearch(const SearchArguments& arguments, const View& view,
                                              const NumberRanges& recent) {
  if (!IsKnownCharset(arguments.charset)) {
    return absl::UnimplementedError("Unknown charset");
  }
  Translator translator(view, recent, arguments.charset);
  v1::SearchKey key;
  translator.Translate(arguments.key, key);
  if (!translator.status().ok()) {
    return translator.status();
  }
  return key;
}

std::optional<NumberRanges> SearchByNumbers(const SearchKey& key, const View& view,
                                            const NumberRanges& recent) {
  switch (key.kind) {
    case Kind::kSequence:
      return view.UidsAt(key.set.Resolve(view.size()));
    case Kind::kUid:
      return view.Known(key.set.Resolve(view.last_uid()));
    case Kind::kRecent:
      return view.Known(recent);
    case Kind::kAllOf: {
      NumberRanges all = view.Uids();
      for (const SearchKey& child : key.children) {
        const auto some = SearchByNumbers(child, view, recent);
        if (!some) {
          return std::nullopt;
        }
        all = Intersect(all, *some);
      }
      return all;
    }
    case Kind::kAnyOf: {
      NumberRanges any;
      for (const SearchKey& child : key.children) {
        const auto some = SearchByNumbers(child, view, recent);
        if (!some) {
          return std::nullopt;
        }
        any.insert(any.end(), some->begin(), some->end());
      }
      return Intersect(view.Uids(), Normalize(std::move(any)));
    }
    case Kind::kNot: {
      const auto some = SearchByNumbers(key.children.front(), view, recent);
      return some ? std::optional(Without(view.Uids(), *some)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace posthorn::imap
