#include "message.h"

#include <array>
#include <random>
#include <string_view>
#include <vector>

namespace posthorn::bench {
namespace {

constexpr std::size_t kLineLength = 72;

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

}  // namespace

std::string MakeMessage(std::uint32_t number, int size) {
  static const std::vector<std::string> kVocabulary = MakeVocabulary();
  std::minstd_rand random(number + 1);
  const auto word = [&random]() -> const std::string& {
    return kVocabulary[random() % kVocabulary.size()];
  };
  const std::string id = std::to_string(number);
  std::string message = "Message-ID: <" + id + "." + word() + "@sender.example>\r\n";
  message += "Date: Mon, 2 Nov 2026 12:00:00 +0000\r\n";
  message += "From: \"" + word() + " " + word() + "\" <" + word() + "@sender.example>\r\n";
  message += "To: Reader <reader@bench.example>\r\n";
  message += "Subject: " + word() + " " + word() + " " + word() + " " + id + "\r\n";
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
