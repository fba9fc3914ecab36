#include "smtp-gateway/client/extensions.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace posthorn::client {
namespace {

using Words = std::vector<absl::string_view>;

std::optional<uint64_t> Number(absl::string_view text) {
  uint64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? std::optional(number) : std::nullopt;
}

bool SetSwitch(absl::string_view keyword, Extensions& extensions) {
  struct Switch {
    absl::string_view keyword;
    bool Extensions::* member;
  };
  static constexpr Switch kSwitches[] = {
      {"STARTTLS", &Extensions::starttls},
      {"PIPELINING", &Extensions::pipelining},
      {"8BITMIME", &Extensions::eight_bit},
      {"SMTPUTF8", &Extensions::smtputf8},
      {"CHUNKING", &Extensions::chunking},
      {"BINARYMIME", &Extensions::binarymime},
      {"DSN", &Extensions::dsn},
      {"REQUIRETLS", &Extensions::require_tls},
      {"MT-PRIORITY", &Extensions::mt_priority},
      {"SIZE", &Extensions::size},
  };
  for (const Switch& entry : kSwitches) {
    if (entry.keyword == keyword) {
      extensions.*entry.member = true;
      return true;
    }
  }
  return false;
}

void AddLimits(const Words& words, Extensions& extensions) {
  for (size_t i = 1; i < words.size(); ++i) {
    const Words parts = absl::StrSplit(words[i], absl::MaxSplits('=', 1));
    const auto value = parts.size() == 2 ? Number(parts[1]) : std::nullopt;
    if (!value.has_value() || *value == 0) {
      continue;
    }
    if (absl::EqualsIgnoreCase(parts[0], "RCPTMAX")) {
      extensions.most_recipients = value;
    } else if (absl::EqualsIgnoreCase(parts[0], "RCPTDOMAINMAX")) {
      extensions.most_domains = value;
    } else if (absl::EqualsIgnoreCase(parts[0], "MAILMAX")) {
      extensions.most_messages = value;
    }
  }
}

void AddKeyword(const Words& words, Extensions& extensions) {
  const std::string keyword = absl::AsciiStrToUpper(words.front());
  SetSwitch(keyword, extensions);
  if (keyword == "SIZE" && words.size() > 1) {
    // RFC 1870 4: zero stands for no limit.
    const auto limit = Number(words[1]);
    extensions.size_limit = limit == 0u ? std::nullopt : limit;
  } else if (keyword == "DELIVERBY") {
    extensions.deliver_by = words.size() > 1 ? Number(words[1]).value_or(0) : 0;
  } else if (keyword == "LIMITS") {
    AddLimits(words, extensions);
  } else if (keyword == "AUTH") {
    for (size_t i = 1; i < words.size(); ++i) {
      extensions.auth.push_back(absl::AsciiStrToUpper(words[i]));
    }
  }
}

}  // namespace

Extensions ParseExtensions(const Reply& reply) {
  Extensions extensions;
  // The first line is the greeting.
  for (size_t i = 1; i < reply.lines.size(); ++i) {
    const Words words = absl::StrSplit(reply.lines[i], ' ', absl::SkipEmpty());
    if (!words.empty()) {
      AddKeyword(words, extensions);
    }
  }
  extensions.binarymime = extensions.binarymime && extensions.chunking;
  return extensions;
}

}  // namespace posthorn::client
