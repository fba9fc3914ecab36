#include "imap-gateway/view/view.h"

#include <algorithm>
#include <iterator>

namespace posthorn::imap {
namespace {

// For runs that come with the change for which a view gets runs of its own.
constexpr std::size_t kRoom = 16;

}  // namespace

std::uint32_t View::Runs::LengthOf(std::size_t run) const {
  const std::uint32_t end = run + 1 < list.size() ? list[run + 1].number : size + 1;
  return end - list[run].number;
}

std::uint32_t View::Runs::LastUid() const {
  return list.empty() ? 0 : list.back().uid + (size - list.back().number);
}

void View::Runs::Append(NumberRange uids) {
  if (list.empty() || uids.first != LastUid() + 1) {
    list.push_back({uids.first, size + 1});
  }
  size += uids.last - uids.first + 1;
}

const std::shared_ptr<View::Runs>& View::NoRuns() {
  static const auto& none = *new std::shared_ptr<Runs>(new Runs{.list = {}, .shared = true});
  return none;
}

View::View() : runs_(NoRuns()) {}

View::View(const NumberRanges& uids) : runs_(std::make_shared<Runs>()) {
  runs_->list.reserve(uids.size());
  for (const NumberRange& range : uids) {
    runs_->Append(range);
  }
}

View::Runs& View::Own() {
  if (runs_->shared || runs_.use_count() > 1) {
    auto own = std::make_shared<Runs>(Runs{.list = {}, .size = runs_->size});
    own->list.reserve(runs_->list.size() + kRoom);
    own->list.assign(runs_->list.begin(), runs_->list.end());
    runs_ = std::move(own);
  }
  return *runs_;
}

std::size_t View::RunOfNumber(std::uint32_t sequence_number) const {
  const std::vector<Run>& list = runs_->list;
  const auto after =
      std::upper_bound(list.begin(), list.end(), sequence_number,
                       [](std::uint32_t n, const Run& run) { return n < run.number; });
  return static_cast<std::size_t>(after - list.begin()) - 1;
}

std::uint32_t View::UidAt(std::uint32_t sequence_number) const {
  const Run& run = runs_->list[RunOfNumber(sequence_number)];
  return run.uid + (sequence_number - run.number);
}

std::optional<std::uint32_t> View::SequenceNumberOf(std::uint32_t uid) const {
  const std::vector<Run>& list = runs_->list;
  const auto after = std::upper_bound(list.begin(), list.end(), uid,
                                      [](std::uint32_t n, const Run& run) { return n < run.uid; });
  if (after == list.begin()) {
    return std::nullopt;
  }
  const auto run = static_cast<std::size_t>(after - list.begin()) - 1;
  const std::uint32_t offset = uid - list[run].uid;
  if (offset >= runs_->LengthOf(run)) {
    return std::nullopt;
  }
  return list[run].number + offset;
}

NumberRanges View::UidsAt(const NumberRanges& sequence_numbers) const {
  NumberRanges uids;
  for (const NumberRange& range : sequence_numbers) {
    std::uint32_t number = std::max<std::uint32_t>(range.first, 1);
    const std::uint32_t last = std::min(range.last, size());
    if (number > last) {
      continue;
    }
    for (std::size_t run = RunOfNumber(number); number <= last; ++run) {
      const std::uint32_t offset = number - runs_->list[run].number;
      const std::uint32_t uid = runs_->list[run].uid + offset;
      const std::uint32_t take = std::min(runs_->LengthOf(run) - offset, last - number + 1);
      uids.push_back({uid, uid + take - 1});
      number += take;
    }
  }
  return Normalize(std::move(uids));
}

NumberRanges View::Uids() const {
  NumberRanges uids;
  uids.reserve(runs_->list.size());
  for (std::size_t i = 0; i < runs_->list.size(); ++i) {
    const std::uint32_t first = runs_->list[i].uid;
    uids.push_back({first, first + runs_->LengthOf(i) - 1});
  }
  return uids;
}

NumberRanges View::Known(const NumberRanges& uids) const {
  const std::vector<Run>& list = runs_->list;
  NumberRanges known;
  auto run = list.begin();
  for (const NumberRange& range : uids) {
    const auto after =
        std::upper_bound(run, list.end(), range.first,
                         [](std::uint32_t n, const Run& candidate) { return n < candidate.uid; });
    run = after == list.begin() ? after : std::prev(after);
    for (auto at = run; at != list.end() && at->uid <= range.last; ++at) {
      const std::uint32_t length = runs_->LengthOf(static_cast<std::size_t>(at - list.begin()));
      const std::uint32_t first = std::max(range.first, at->uid);
      const std::uint32_t last = std::min(range.last, at->uid + length - 1);
      if (first <= last) {
        known.push_back({first, last});
      }
      run = at;
    }
  }
  return known;
}

NumberRanges View::UidsOfNumbers(const SequenceSet& set) const {
  return set.saved() ? Saved() : UidsAt(set.Resolve(size()));
}

NumberRanges View::UidsOfUids(const SequenceSet& set) const {
  return set.saved() ? Saved() : Known(set.Resolve(last_uid()));
}

NumberRanges View::SequenceNumbersOf(const NumberRanges& uids) const {
  NumberRanges numbers;
  for (const NumberRange& range : Known(uids)) {
    // A known range lies within one run.
    const std::uint32_t first = *SequenceNumberOf(range.first);
    numbers.push_back({first, first + (range.last - range.first)});
  }
  return Normalize(std::move(numbers));
}

std::uint32_t View::Append(const NumberRanges& uids) {
  const std::uint32_t before = size();
  for (const NumberRange& range : uids) {
    const std::uint32_t last = last_uid();
    if (range.last > last) {
      Own().Append({std::max(range.first, last + 1), range.last});
    }
  }
  return size() - before;
}

std::vector<std::uint32_t> View::Remove(const NumberRanges& uids) {
  const NumberRanges gone = Known(uids);
  std::vector<std::uint32_t> numbers;
  if (gone.empty()) {
    return numbers;
  }
  numbers.reserve(CountOf(gone));
  std::uint32_t removed = 0;
  for (const NumberRange& range : gone) {
    const std::uint32_t first = *SequenceNumberOf(range.first) - removed;
    const std::uint32_t count = range.last - range.first + 1;
    numbers.insert(numbers.end(), count, first);
    removed += count;
  }
  auto left = std::make_shared<Runs>();
  left->list.reserve(runs_->list.size() + gone.size());
  auto next = gone.begin();
  for (std::size_t i = 0; i < runs_->list.size(); ++i) {
    std::uint32_t first = runs_->list[i].uid;
    const std::uint32_t last = first + runs_->LengthOf(i) - 1;
    bool all = false;  // of the run that is behind the removals
    for (; next != gone.end() && next->last <= last; ++next) {
      if (next->first > first) {
        left->Append({first, next->first - 1});
      }
      all = next->last == last;
      first = next->last + 1;
    }
    if (!all) {
      left->Append({first, last});
    }
  }
  runs_ = std::move(left);
  return numbers;
}

}  // namespace posthorn::imap
