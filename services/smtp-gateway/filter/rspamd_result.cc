#include "smtp-gateway/filter/rspamd_result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace posthorn::filter {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxEntries = 1'000;  // of each list
constexpr double kMaxScore = 10'000;

struct ActionName {
  absl::string_view name;
  RspamdAction action;
};
constexpr ActionName kActions[] = {
    {"no action", RspamdAction::kNone},         {"greylist", RspamdAction::kGreylist},
    {"add header", RspamdAction::kAddHeader},   {"rewrite subject", RspamdAction::kRewriteSubject},
    {"soft reject", RspamdAction::kSoftReject}, {"reject", RspamdAction::kReject},
    {"quarantine", RspamdAction::kQuarantine},  {"discard", RspamdAction::kDiscard},
};

RspamdAction ActionOf(absl::string_view name) {
  for (const ActionName& known : kActions) {
    if (known.name == name) {
      return known.action;
    }
  }
  return RspamdAction::kNone;
}

// The member, or null if there is none.
const Json& Member(const Json& object, const char* name) {
  static const Json kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

double Score(const Json& value) {
  return value.is_number() ? std::clamp(value.get<double>(), -kMaxScore, kMaxScore) : 0;
}

int64_t Position(const Json& value, int64_t otherwise) {
  constexpr int64_t kMost = 1'000'000;
  return value.is_number()
             ? std::clamp<int64_t>(static_cast<int64_t>(std::clamp(value.get<double>(), -1e6, 1e6)),
                                   -kMost, kMost)
             : otherwise;
}

// "text", {"value": "text", "order": 1}, or a list of these.
void AddAdditions(const std::string& name, const Json& value, bool in_list, RspamdResult& result) {
  if (result.add_headers.size() >= kMaxEntries) {
    return;
  }
  if (value.is_string()) {
    result.add_headers.push_back({name, Text(value)});
  } else if (value.is_object()) {
    result.add_headers.push_back(
        {name, Text(Member(value, "value")), Position(Member(value, "order"), -1)});
  } else if (value.is_array() && !in_list) {
    for (const Json& element : value) {
      AddAdditions(name, element, true, result);
    }
  }
}

// 1, or a list of numbers.
void AddRemovals(const std::string& name, const Json& value, RspamdResult& result) {
  const Json& list = value.is_array() ? value : Json::array({value});
  for (const Json& nth : list) {
    if (nth.is_number() && result.remove_headers.size() < kMaxEntries) {
      result.remove_headers.emplace_back(name, Position(nth, 0));
    }
  }
}

void AddHeaderChanges(const Json& milter, RspamdResult& result) {
  if (!milter.is_object()) {
    return;
  }
  if (const Json& additions = Member(milter, "add_headers"); additions.is_object()) {
    for (const auto& [name, value] : additions.items()) {
      AddAdditions(name, value, false, result);
    }
  }
  if (const Json& removals = Member(milter, "remove_headers"); removals.is_object()) {
    for (const auto& [name, value] : removals.items()) {
      AddRemovals(name, value, result);
    }
  }
}

}  // namespace

bool RspamdResult::HasSymbol(absl::string_view name) const {
  return std::find(symbols.begin(), symbols.end(), name) != symbols.end();
}

absl::StatusOr<RspamdResult> ParseRspamdResult(absl::string_view json) {
  const Json answer = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object() || !Member(answer, "action").is_string()) {
    return absl::InvalidArgumentError("not an answer of rspamd");
  }
  RspamdResult result;
  result.action_name = Text(Member(answer, "action"));
  result.action = ActionOf(result.action_name);
  result.score = Score(Member(answer, "score"));
  result.required_score = Score(Member(answer, "required_score"));
  result.subject = Text(Member(answer, "subject"));
  if (const Json& messages = Member(answer, "messages"); messages.is_object()) {
    result.smtp_message = Text(Member(messages, "smtp_message"));
  }
  if (const Json& symbols = Member(answer, "symbols"); symbols.is_object()) {
    for (const auto& [name, value] : symbols.items()) {
      if (result.symbols.size() < kMaxEntries) {
        result.symbols.push_back(name);
      }
    }
  }
  AddHeaderChanges(Member(answer, "milter"), result);
  return result;
}

}  // namespace posthorn::filter
