// SEARCH, SORT or THREAD in a mailbox of exactly `count` messages that the fill workload made,
// `repeats` times in one session; the median counts. `items` is the command; %s in it becomes a
// word, and then the answer must name exactly the messages that hold it: in the subject if the
// command says SUBJECT, else anywhere. Without %s it must name every message once. A server that
// does not offer the command yields no figure. THREAD must find as many threads as there are.
#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "message.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

// Gathers the numbers of `* SEARCH 2 3` and `* THREAD (2)(3 4)`.
class NumbersHandler : public ResponseHandler {
 public:
  void OnLine(std::string_view line) override {
    if (!line.starts_with("* SEARCH") && !line.starts_with("* SORT") &&
        !line.starts_with("* THREAD")) {
      return;
    }
    std::uint32_t number = 0;
    int depth = 0;
    for (const char c : line.substr(2)) {
      threads += c == '(' && depth++ == 0 ? 1 : 0;
      depth -= c == ')' ? 1 : 0;
      if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        number = number * 10 + static_cast<std::uint32_t>(c - '0');
      } else if (number != 0) {
        numbers.push_back(std::exchange(number, 0));
      }
    }
    if (number != 0) {
      numbers.push_back(number);
    }
  }
  std::vector<std::uint32_t> numbers;
  std::size_t threads = 0;
};

std::string_view SubjectOf(std::string_view message) {
  const std::size_t begin = message.find("\r\nSubject: ") + 11;
  return message.substr(begin, message.find("\r\n", begin) - begin);
}

// A word that only some messages hold: the first long one in the subjects.
std::string FindWord(const Options& options) {
  for (int i = 0; i < options.count; ++i) {
    const std::string message = MakeMessage(i, options.size);
    std::string_view rest = SubjectOf(message);
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (word.size() >= 9) {
        return std::string(word);
      }
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
  }
  throw std::logic_error("no subject has a long word");
}

std::size_t CountMatches(const Options& options, std::string_view word) {
  const bool in_subject = options.items.find("SUBJECT") != std::string::npos;
  std::size_t matches = 0;
  for (int i = 0; i < options.count; ++i) {
    const std::string message = MakeMessage(i, options.size);
    const std::string_view text = in_subject ? SubjectOf(message) : std::string_view(message);
    matches += text.find(word) != std::string_view::npos ? 1 : 0;
  }
  return matches;
}

struct Query {
  std::string command;
  std::string capability;  // that it needs
  std::size_t matches = 0;
  std::size_t threads = 0;
};

Query MakeQuery(const Options& options) {
  Query query{options.items, "", static_cast<std::size_t>(options.count)};
  if (query.command.starts_with("SORT")) {
    query.capability = "SORT";
  } else if (query.command.starts_with("THREAD ")) {
    query.capability = "THREAD=" + query.command.substr(7, query.command.find(' ', 7) - 7);
    query.threads = CountThreads(options.count, options.size);
  }
  if (const std::size_t at = query.command.find("%s"); at != std::string::npos) {
    const std::string word = FindWord(options);
    query.command.replace(at, 2, word);
    query.matches = CountMatches(options, word);
  }
  return query;
}

Awaitable<void> Search(const Options& options, const Query& query, ImapClient& client,
                       std::vector<double>& took_ms) {
  co_await client.Login(options.imap_port, UserName(options, options.first), options.password);
  if (!query.capability.empty() && !co_await client.HasCapability(query.capability)) {
    co_return;
  }
  co_await client.Select(options.mailbox);
  for (int i = 0; i < options.repeats; ++i) {
    NumbersHandler handler;
    const auto begin = std::chrono::steady_clock::now();
    co_await client.Command(query.command, &handler);
    took_ms.push_back(MillisecondsSince(begin));
    std::vector<std::uint32_t>& numbers = handler.numbers;
    std::sort(numbers.begin(), numbers.end());
    const bool twice = std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end();
    if (numbers.size() != query.matches || twice ||
        (!numbers.empty() && numbers.back() > static_cast<std::uint32_t>(options.count))) {
      throw UnexpectedReply(
          query.command,
          std::to_string(numbers.size()) + " messages instead of " + std::to_string(query.matches));
    }
    if (handler.threads != query.threads) {
      throw UnexpectedReply(
          query.command,
          std::to_string(handler.threads) + " threads instead of " + std::to_string(query.threads));
    }
  }
  co_await client.Logout();
}

}  // namespace

Figures RunSearch(const Options& options) {
  const Query query = MakeQuery(options);
  Crew crew{std::chrono::seconds(options.deadline_s)};
  ImapClient client(crew.io());
  std::vector<double> took_ms;
  std::vector<Awaitable<void>> clients;
  clients.push_back(Search(options, query, client, took_ms));
  crew.Run(std::move(clients));
  Figures figures = {{"matches", static_cast<double>(query.matches)}};
  if (!took_ms.empty()) {
    figures.emplace_back("ms", Percentile(took_ms, 0.5));
  }
  return figures;
}

}  // namespace posthorn::bench
