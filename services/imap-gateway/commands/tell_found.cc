#include "imap-gateway/commands/tell_found.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "imap-gateway/response/esearch.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kFlushAt = 64 * 1024;

// The results as numbers of the session's view.
ResultList ToSequence(const View& view, const ResultList& uids) {
  if (!uids.sorted()) {
    return ResultList(view.SequenceNumbersOf(uids.Ranges()));
  }
  std::vector<std::uint32_t> numbers;
  numbers.reserve(uids.size());
  for (const std::uint32_t uid : uids.numbers()) {
    if (const auto number = view.SequenceNumberOf(uid)) {
      numbers.push_back(*number);
    }
  }
  return ResultList::Sorted(std::move(numbers));
}

// A search may find all of a mailbox: this is most of what it costs here.
void AppendNumber(std::uint32_t number, std::string* out) {
  char text[1 + std::numeric_limits<std::uint32_t>::digits10 + 1] = {' '};
  const auto [end, error] = std::to_chars(text + 1, std::end(text), number);
  out->append(text, end);
}

// RFC 3501 7.2.5, RFC 5256 4: every number by itself.
asio::awaitable<void> TellNumbers(Session& session, const ResultList& results) {
  std::string& out = session.out();
  if (results.sorted()) {
    for (const std::uint32_t number : results.numbers()) {
      AppendNumber(number, &out);
      if (out.size() > kFlushAt) {
        co_await session.output().Flush();
      }
    }
    co_return;
  }
  for (const NumberRange& range : results.Ranges()) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      AppendNumber(static_cast<std::uint32_t>(number), &out);
      if (out.size() > kFlushAt) {
        co_await session.output().Flush();
      }
    }
  }
}

// RFC 5182 2.1: SAVE alone suppresses the response.
bool SavesOnly(const SearchReturn& returns) {
  return returns.save && !returns.min && !returns.max && !returns.all && !returns.count &&
         !returns.update && !returns.context && !returns.relevancy && !returns.partial;
}

}  // namespace

std::uint64_t HighestModSeq(const SearchReturn& returns,
                            const std::vector<std::uint64_t>& modseqs) {
  if (modseqs.empty()) {
    return 0;
  }
  const bool ends_only = (returns.min || returns.max) && !returns.all && !returns.count;
  if (!ends_only) {
    return *std::max_element(modseqs.begin(), modseqs.end());
  }
  return std::max(returns.min ? modseqs.front() : 0, returns.max ? modseqs.back() : 0);
}

asio::awaitable<void> TellFound(Session& session, absl::string_view name,
                                const SearchReturn& returns, Found found, Numbers numbers) {
  View& view = session.selected().view;
  const std::uint64_t modseq = HighestModSeq(returns, found.modseqs);
  session.selected().Reveal(modseq);
  if (returns.save) {
    view.Save(SavedResult(returns, found.uids));
  }
  if (SavesOnly(returns)) {
    co_return;
  }
  const ResultList results =
      numbers == Numbers::kUid ? std::move(found.uids) : ToSequence(view, found.uids);
  if (!returns.given) {
    absl::StrAppend(&session.out(), "* ", name);
    co_await TellNumbers(session, results);
    if (modseq != 0) {
      absl::StrAppend(&session.out(), " (MODSEQ ", modseq, ")");
    }
    session.out().append("\r\n");
    co_return;
  }
  const SearchCorrelator correlator{.tag = session.tag(), .uid = numbers == Numbers::kUid};
  const SearchData data{
      .returns = returns, .results = results, .relevancies = found.relevancies, .modseq = modseq};
  AppendEsearch(session.out(), correlator, data);
}

Completion FailSearch(Session& session, const SearchReturn& returns, Completion completion) {
  if (returns.save && completion.kind == Completion::Kind::kNo && session.has_selected()) {
    session.selected().view.Save({});
  }
  return completion;
}

}  // namespace posthorn::imap
