#include "imap-gateway/search/translate.h"

#include <algorithm>

#include "imap-gateway/response/email_id.h"
#include "imap-gateway/search/charset.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

using Kind = SearchKey::Kind;

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
        // RFC 7377 2: numbers beyond the end are no error in a search.
        *out.mutable_uids() = ToProto(view_.UidsOfNumbers(key.set));
        return;
      case Kind::kUid:
        *out.mutable_uids() = ToProto(view_.UidsOfUids(key.set));
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
      case Kind::kModSeq:
        out.set_modseq(key.number);
        return;
      case Kind::kYounger:
        out.mutable_age()->set_younger(key.number);
        return;
      case Kind::kOlder:
        out.mutable_age()->set_older(key.number);
        return;
      case Kind::kFilter:
        Fail(absl::InvalidArgumentError("A filter that was not looked up"));
        return;
      case Kind::kFuzzy:
        Translate(key.children.front(), *out.mutable_fuzzy());
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
      case Kind::kEmailId:
        TranslateEmailId(key.text, out);
        return;
      case Kind::kThreadId:
        // RFC 8474 5.2: THREADID is NIL, which no ObjectID equals.
        out.mutable_any_of();
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
  static void TranslateEmailId(absl::string_view text, v1::SearchKey& out) {
    const std::optional<EmailId> id = ParseEmailId(text);
    if (!id) {
      out.mutable_any_of();
      return;
    }
    out.mutable_content()->set_account(id->account);
    out.mutable_content()->set_id(id->content);
  }

  void TranslateDate(const SearchKey& key, v1::SearchKey::Days& days) {
    const auto day = static_cast<std::int32_t>(DaysSinceEpoch(key.date));
    const bool saved_on = key.kind == Kind::kSavedOn;
    days.set_saved(saved_on || key.kind == Kind::kSavedBefore || key.kind == Kind::kSavedSince);
    days.set_sent(key.kind == Kind::kSentBefore || key.kind == Kind::kSentOn ||
                  key.kind == Kind::kSentSince);
    const bool on = key.kind == Kind::kOn || key.kind == Kind::kSentOn || saved_on;
    if (on || key.kind == Kind::kSince || key.kind == Kind::kSentSince ||
        key.kind == Kind::kSavedSince) {
      days.set_from_day(day);
    }
    if (on || key.kind == Kind::kBefore || key.kind == Kind::kSentBefore ||
        key.kind == Kind::kSavedBefore) {
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
      return view.UidsOfNumbers(key.set);
    case Kind::kUid:
      return view.UidsOfUids(key.set);
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
      return some ? std::optional(Subtract(view.Uids(), *some)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

NumberRanges SearchedUids(const SearchKey& key, const View& view, const NumberRanges& recent) {
  if (auto exactly = SearchByNumbers(key, view, recent)) {
    return *std::move(exactly);
  }
  NumberRanges searched = view.Uids();
  if (key.kind == Kind::kAllOf) {
    for (const SearchKey& child : key.children) {
      searched = Intersect(searched, SearchedUids(child, view, recent));
    }
  }
  return searched;
}

}  // namespace posthorn::imap
