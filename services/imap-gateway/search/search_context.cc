#include "imap-gateway/search/search_context.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/response/esearch.h"
#include "imap-gateway/response/strings.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

using UidHashSet = absl::flat_hash_set<std::uint32_t>;

std::vector<std::uint32_t> Only(const std::vector<std::uint32_t>& uids, const UidHashSet& among) {
  std::vector<std::uint32_t> kept;
  std::copy_if(uids.begin(), uids.end(), std::back_inserter(kept),
               [&among](std::uint32_t uid) { return among.contains(uid); });
  return kept;
}

// The runs of those of `list` that `moved` names. A run that is removed leaves its position to what
// follows it; one that is added takes it.
std::vector<ContextStep> Runs(const std::vector<std::uint32_t>& list, const UidHashSet& moved,
                              bool added) {
  std::vector<ContextStep> steps;
  std::size_t position = 1;
  bool in_run = false;
  for (const std::uint32_t uid : list) {
    const bool moves = moved.contains(uid);
    if (moves && !in_run) {
      steps.push_back({position, {}});
    }
    if (moves) {
      steps.back().results.push_back(uid);
    }
    position += !moves || added ? 1 : 0;
    in_run = moves;
  }
  return steps;
}

// " ADDTO (1 5:6 9 2)"; nothing for no steps.
void AppendSteps(std::string& out, absl::string_view name, const View& view,
                 const SearchContext& context, const std::vector<ContextStep>& steps) {
  std::string list;
  for (const ContextStep& step : steps) {
    std::vector<std::uint32_t> numbers;
    for (const std::uint32_t uid : step.results) {
      const auto number =
          context.numbers == Numbers::kUid ? std::optional(uid) : view.SequenceNumberOf(uid);
      if (number) {
        numbers.push_back(*number);
      }
    }
    if (!numbers.empty()) {
      absl::StrAppend(&list, list.empty() ? "" : " ", step.position, " ",
                      ResultList::Sorted(std::move(numbers)).Format());
    }
  }
  if (!list.empty()) {
    absl::StrAppend(&out, " ", name, " (", list, ")");
  }
}

// RFC 5267 4.3.3: results of SEARCH need no position, 0 stands for their place.
std::vector<ContextStep> AnyPlace(const NumberRanges& uids) {
  ContextStep step;
  for (const NumberRange& range : uids) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
      step.results.push_back(static_cast<std::uint32_t>(uid));
    }
  }
  return uids.empty() ? std::vector<ContextStep>() : std::vector<ContextStep>{std::move(step)};
}

ContextSteps Steps(const ResultList& before, const ResultList& after) {
  if (before.sorted()) {
    return StepsBetween(before.numbers(), after.numbers());
  }
  return {AnyPlace(Subtract(before.Ranges(), after.Ranges())),
          AnyPlace(Subtract(after.Ranges(), before.Ranges()))};
}

// Tells how the result became `after`, and takes it as what the client has.
void TellSteps(Session& session, SearchContext& context, ResultList after) {
  const ContextSteps steps = Steps(context.uids, after);
  context.uids = std::move(after);
  std::string items;
  const View& view = session.selected().view;
  AppendSteps(items, "REMOVEFROM", view, context, steps.removed);
  AppendSteps(items, "ADDTO", view, context, steps.added);
  if (!items.empty()) {
    AppendEsearchStart(session.out(),
                       {.tag = context.tag, .uid = context.numbers == Numbers::kUid});
    absl::StrAppend(&session.out(), items, "\r\n");
  }
}

// The messages of the view that changed or came after a MODSEQ.
asio::awaitable<absl::StatusOr<NumberRanges>> ChangedSince(Session& session, std::uint64_t modseq) {
  v1::SearchKey key;
  key.set_modseq(modseq + 1);
  v1::SearchRequest request = RequestFor(session.selected(), std::move(key));
  const absl::StatusOr<Found> found = co_await Find(session, std::move(request));
  if (!found.ok()) {
    co_return found.status();
  }
  co_return found->uids.Ranges();
}

// The result by now, where only `changed` may have changed. A sorted one is looked up whole.
asio::awaitable<absl::StatusOr<ResultList>> LookUp(Session& session, const SearchContext& context,
                                                   const NumberRanges& changed) {
  v1::SearchRequest request = context.request;
  const bool sorted = context.uids.sorted();
  *request.mutable_among() = ToProto(sorted ? session.selected().view.Uids() : changed);
  const absl::StatusOr<Found> found = co_await Find(session, std::move(request));
  if (!found.ok()) {
    co_return found.status();
  }
  if (sorted) {
    co_return found->uids;
  }
  NumberRanges now = Subtract(context.uids.Ranges(), changed);
  const NumberRanges matching = found->uids.Ranges();
  now.insert(now.end(), matching.begin(), matching.end());
  co_return ResultList(Normalize(std::move(now)));
}

// RFC 5267 4.3.1.
void TellNoUpdate(Session& session, absl::string_view tag, std::string why) {
  std::string code = "NOUPDATE ";
  AppendString(code, tag);
  AppendCompletion(session.out(), "*", No(std::move(code), std::move(why)));
}

}  // namespace

ContextSteps StepsBetween(const std::vector<std::uint32_t>& before,
                          const std::vector<std::uint32_t>& after) {
  UidHashSet old(before.begin(), before.end());
  UidHashSet now(after.begin(), after.end());
  if (Only(before, now) != Only(after, old)) {
    return {Runs(before, old, false), Runs(after, now, true)};
  }
  UidHashSet removed = old;
  absl::erase_if(removed, [&now](std::uint32_t uid) { return now.contains(uid); });
  absl::erase_if(now, [&old](std::uint32_t uid) { return old.contains(uid); });
  return {Runs(before, removed, false), Runs(after, now, true)};
}

bool IsContextTag(Session& session, absl::string_view tag) {
  if (!session.has_selected()) {
    return false;
  }
  const auto& contexts = session.selected().contexts;
  return std::any_of(contexts.begin(), contexts.end(),
                     [tag](const auto& context) { return context->tag == tag; });
}

void RefuseContext(Session& session, std::string why) {
  TellNoUpdate(session, session.tag(), std::move(why));
}

void BeginContext(Session& session, v1::SearchRequest request, const ResultList& found,
                  Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  if (mailbox.contexts.size() >= kMaxSearchContexts) {
    RefuseContext(session, "Too many contexts");
    return;
  }
  if (found.sorted() && found.size() > kMaxSortedResults) {
    RefuseContext(session, "Too many results");
    return;
  }
  request.clear_among();
  request.clear_relevancy();
  request.clear_modseqs();
  mailbox.contexts.push_back(
      std::make_shared<SearchContext>(SearchContext{.tag = session.tag(),
                                                    .numbers = numbers,
                                                    .request = std::move(request),
                                                    .uids = found,
                                                    .modseq = mailbox.modseq}));
}

void EndNumberedContexts(Session& session) {
  if (!session.has_selected()) {
    return;
  }
  std::erase_if(session.selected().contexts, [&session](const auto& context) {
    const bool numbered = context->numbers == Numbers::kSequence;
    if (numbered) {
      TellNoUpdate(session, context->tag, "Results have no sequence numbers any more");
    }
    return numbered;
  });
}

void TellContextsExpunged(Session& session, const NumberRanges& uids) {
  for (const auto& context : session.selected().contexts) {
    ResultList after;
    if (context->uids.sorted()) {
      std::vector<std::uint32_t> left = context->uids.numbers();
      std::erase_if(left, [&uids](std::uint32_t uid) { return Contains(uids, uid); });
      after = ResultList::Sorted(std::move(left));
    } else {
      after = ResultList(Subtract(context->uids.Ranges(), uids));
    }
    TellSteps(session, *context, std::move(after));
  }
}

asio::awaitable<void> TellContextsChanged(Session& session) {
  SelectedMailbox& mailbox = session.selected();
  const auto contexts = mailbox.contexts;
  for (const auto& context : contexts) {
    const std::uint64_t modseq = mailbox.modseq;
    if (mailbox.gone || context->modseq >= modseq) {
      continue;
    }
    // Where the store does not answer, the next change tries again.
    const absl::StatusOr<NumberRanges> changed = co_await ChangedSince(session, context->modseq);
    if (!changed.ok()) {
      continue;
    }
    if (!changed->empty()) {
      absl::StatusOr<ResultList> now = co_await LookUp(session, *context, *changed);
      if (!now.ok()) {
        continue;
      }
      if (now->sorted() && now->size() > kMaxSortedResults) {
        TellNoUpdate(session, context->tag, "Too many results");
        std::erase(mailbox.contexts, context);
        continue;
      }
      TellSteps(session, *context, *std::move(now));
    }
    context->modseq = modseq;
  }
}

}  // namespace posthorn::imap
