#include "imap-gateway/view/view.h"

#include <algorithm>

namespace posthorn::imap {

View::View(const NumberRanges& uids) { Append(uids); }

std::uint32_t View::LengthOf(std::size_t run) const {
  const std::uint32_t end = run + 1 < runs_.size() ? runs_[run + 1].number : size_ + 1;
  return end - runs_[run].number;
}

std::size_t View::RunOfNumber(std::uint32_t sequence_number) const {
  const auto after =
      std::upper_bound(runs_.begin(), runs_.end(), sequence_number,
                       [](std::uint32_t n, const Run& run) { return n < run.number; });
  return static_cast<std::size_t>(after - runs_.begin()) - 1;
}

std::uint32_t View::last_uid() const { return size_ == 0 ? 0 : UidAt(size_); }

std::uint32_t View::UidAt(std::uint32_t sequence_number) const {
  const Run& run = runs_[RunOfNumber(sequence_number)];
  return run.uid + (sequence_number - run.number);
}

std::optional<std::uint32_t> View::SequenceNumberOf(std::uint32_t uid) const {
  const auto after = std::upper_bound(runs_.begin(), runs_.end(), uid,
                                      [](std::uint32_t n, const Run& run) { return n < run.uid; });
  if (after == runs_.begin()) {
    return std::nullopt;
  }
  const auto run = static_cast<std::size_t>(after - runs_.begin()) - 1;
  const std::uint32_t offset = uid - runs_[run].uid;
  if (offset >= LengthOf(run)) {
    return std::nullopt;
  }
  return runs_[run].number + offset;
}

NumberRanges View::UidsAt(const NumberRanges& sequence_numbers) const {
  NumberRanges uids;
  for (const NumberRange& range : sequence_numbers) {
    std::uint32_t number = std::max<std::uint32_t>(range.first, 1);
    const std::uint32_t last = std::min(range.last, size_);
    if (number > last) {
      continue;
    }
    for (std::size_t run = RunOfNumber(number); number <= last; ++run) {
      const std::uint32_t uid = runs_[run].uid + (number - runs_[run].number);
      const std::uint32_t left = LengthOf(run) - (number - runs_[run].number);
      const std::uint32_t take = std::min(left, last - number + 1);
      uids.push_back({uid, uid + take - 1});
      number += take;
    }
  }
  return Normalize(std::move(uids));
}

NumberRanges View::Uids() const {
  NumberRanges uids;
  uids.reserve(runs_.size());
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    uids.push_back({runs_[i].uid, runs_[i].uid + LengthOf(i) - 1});
  }
  return uids;
}

NumberRanges View::Known(const NumberRanges& uids) const { return Intersect(Uids(), uids); }

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
  const std::uint32_t before = size_;
  for (const NumberRange& range : uids) {
    const std::uint32_t last = last_uid();
    if (range.last <= last) {
      continue;
    }
    const std::uint32_t first = std::max(range.first, last + 1);
    if (runs_.empty() || first != last + 1) {
      runs_.push_back({first, size_ + 1});
    }
    size_ += range.last - first + 1;
  }
  return size_ - before;
}

std::vector<std::uint32_t> View::Remove(const NumberRanges& uids) {
  const NumberRanges old = Uids();
  const NumberRanges gone = Intersect(old, uids);
  std::vector<std::uint32_t> numbers;
  numbers.reserve(CountOf(gone));
  std::uint32_t removed = 0;
  for (const NumberRange& range : gone) {
    const std::uint32_t first = *SequenceNumberOf(range.first) - removed;
    const std::uint32_t count = range.last - range.first + 1;
    numbers.insert(numbers.end(), count, first);
    removed += count;
  }
  if (gone.empty()) {
    return numbers;
  }
  runs_.clear();
  size_ = 0;
  std::size_t next = 0;
  for (const NumberRange& range : old) {
    std::uint32_t first = range.first;
    for (; next < gone.size() && gone[next].last <= range.last; ++next) {
      if (gone[next].first > first) {
        Append({{first, gone[next].first - 1}});
      }
      first = gone[next].last + 1;
    }
    if (first <= range.last && first != 0) {
      Append({{first, range.last}});
    }
  }
  return numbers;
}

}  // namespace posthorn::imap
