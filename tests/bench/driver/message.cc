#include "message.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace posthorn::bench {
namespace {

constexpr std::size_t kLineLength = 72;
// The headers of a smaller message have no room for what it answers.
constexpr int kThreadedSize = 1024;
constexpr std::size_t kReferences = 8;

std::vector<std::string> MakeVocabulary() {
  static constexpr std::array<std::string_view, 40> kSyllables = {
      "ba",  "con", "de", "er", "fal", "ge", "hin", "in", "jo",  "ka",  "lo", "men",  "no", "or",
      "pre", "qui", "ra", "st", "ti",  "un", "ver", "wo", "xe",  "ya",  "zu", "tion", "al", "es",
      "the", "and", "so", "mi", "bre", "ch", "du",  "ff", "gra", "hea", "il", "ness"};
  std::mt19937 random(42);
  std::vector<std::string> words;
  for (int i = 0; i < 4000; ++i) {
    std::string word;
    for (unsigned syllables = 1 + random() % 4; syllables > 0; --syllables) {
      word += kSyllables[random() % kSyllables.size()];
    }
    words.push_back(word);
  }
  return words;
}

// The words of a message, one after the other.
class Words {
 public:
  explicit Words(std::uint32_t number) : random_(number + 1) {}
  const std::string& Next() {
    static const std::vector<std::string> kVocabulary = MakeVocabulary();
    return kVocabulary[random_() % kVocabulary.size()];
  }

 private:
  std::minstd_rand random_;
};

std::string MessageId(std::uint32_t number, Words& words) {
  return "<" + std::to_string(number) + "." + words.Next() + "@sender.example>";
}

// A minute of four weeks, in no order.
std::string Date(std::uint32_t number) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  constexpr std::uint32_t kMinutes = 28 * 24 * 60;
  const std::uint32_t minute =
      static_cast<std::uint32_t>(number * std::uint64_t{25'013} % kMinutes);
  const std::uint32_t day = minute / 1440;  // the 1st of November 2026 was a Sunday
  char date[64];
  std::snprintf(date, sizeof date, "%s, %u Nov 2026 %02u:%02u:00 +0000", kDays[day % 7], day + 1,
                minute / 60 % 24, minute % 60);
  return date;
}

// The message that this one answers: one of the ten before it. Every third begins a thread.
std::optional<std::uint32_t> ParentOf(std::uint32_t number) {
  if (number % 3 == 0) {
    return std::nullopt;
  }
  return number - std::min(number, 1 + number * 7 % 10);
}

std::string ThreadFields(std::uint32_t number) {
  std::vector<std::string> ids;  // the parent's first
  for (auto next = ParentOf(number); next && ids.size() < kReferences; next = ParentOf(*next)) {
    Words words(*next);
    ids.push_back(MessageId(*next, words));
  }
  if (ids.empty()) {
    return "";
  }
  std::string fields = "In-Reply-To: " + ids.front() + "\r\nReferences:";
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    fields += (id == ids.rbegin() ? " " : "\r\n ") + *id;
  }
  return fields + "\r\n";
}

}  // namespace

std::size_t CountThreads(int messages, int size) {
  const int begun = (messages + 2) / 3;
  return static_cast<std::size_t>(size < kThreadedSize ? messages : begun);
}

std::string MakeMessage(std::uint32_t number, int size) {
  Words words(number);
  const auto word = [&words]() -> const std::string& { return words.Next(); };
  std::string message = "Message-ID: " + MessageId(number, words) + "\r\n";
  message += "Date: " + Date(number) + "\r\n";
  message += "From: \"" + word() + " " + word() + "\" <" + word() + "@sender.example>\r\n";
  message += "To: Reader <reader@bench.example>\r\n";
  message +=
      "Subject: " + word() + " " + word() + " " + word() + " " + std::to_string(number) + "\r\n";
  message += size < kThreadedSize ? "" : ThreadFields(number);
  message += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n";
  message += "Content-Transfer-Encoding: 7bit\r\n\r\n";
  std::size_t line = 0;
  while (message.size() + 2 < static_cast<std::size_t>(size)) {
    const std::string& next = word();
    if (line + next.size() > kLineLength) {
      message += "\r\n";
      line = 0;
    }
    message += next;
    message += ' ';
    line += next.size() + 1;
  }
  message.resize(size - 2);
  if (message.back() == '\r') {
    message.back() = ' ';  // the cut fell inside a CRLF
  }
  message += "\r\n";
  return message;
}

}  // namespace posthorn::bench
