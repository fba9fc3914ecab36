#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// The messages of the selected mailbox as one session knows them: sequence numbers to UIDs and
// back. It changes only by the calls below, which a session makes when the protocol lets it tell
// the client (RFC 3501 7.4.1); until then removed messages keep their numbers.
//
// UIDs are held as runs, 8 octets each: a mailbox of a million messages without gaps costs one.
// Views may share them: through a ViewPool, or because one is a copy of the other. The first change
// gives a view runs of its own. Lookups are O(log runs), changes O(runs).
class View {
 public:
  View();
  // `uids` normalised.
  explicit View(const NumberRanges& uids);

  std::uint32_t size() const { return runs_->size; }
  bool empty() const { return size() == 0; }
  // The UID of the last message, 0 if there is none.
  std::uint32_t last_uid() const { return runs_->LastUid(); }

  // 1 <= sequence number <= size().
  std::uint32_t UidAt(std::uint32_t sequence_number) const;
  std::optional<std::uint32_t> SequenceNumberOf(std::uint32_t uid) const;

  // The UIDs of these sequence numbers; those above size() are left out.
  NumberRanges UidsAt(const NumberRanges& sequence_numbers) const;
  // The sequence numbers of those of `uids` that the view has.
  NumberRanges SequenceNumbersOf(const NumberRanges& uids) const;
  // Those of `uids` that the view has.
  NumberRanges Known(const NumberRanges& uids) const;
  NumberRanges Uids() const;

  // RFC 5182 2.1: the result that "$" stands for, of which removed messages are no part any more.
  void Save(NumberRanges uids) { saved_ = std::move(uids); }
  NumberRanges Saved() const { return Known(saved_); }

  // The UIDs that a set of sequence numbers, or of UIDs, names.
  NumberRanges UidsOfNumbers(const SequenceSet& set) const;
  NumberRanges UidsOfUids(const SequenceSet& set) const;

  // Adds messages behind the last; UIDs not above it are ignored. Returns how many were new.
  std::uint32_t Append(const NumberRanges& uids);

  // Removes messages and returns the numbers to tell the client, in order: each is the number the
  // message has after the removals before it (RFC 3501 7.4.1). UIDs not known are ignored.
  std::vector<std::uint32_t> Remove(const NumberRanges& uids);

  // Octets of the runs, whoever shares them.
  std::size_t memory() const { return runs_->list.capacity() * sizeof(Run); }
  bool SharesWith(const View& other) const { return runs_ == other.runs_; }

 private:
  friend class ViewPool;

  struct Run {
    std::uint32_t uid;     // of its first message
    std::uint32_t number;  // of its first message
    bool operator==(const Run&) const = default;
  };
  struct Runs {
    std::vector<Run> list;
    std::uint32_t size = 0;  // messages
    // Views of other threads may have them, now or soon: they do not change any more.
    bool shared = false;

    std::uint32_t LengthOf(std::size_t run) const;
    std::uint32_t LastUid() const;
    // Behind all others.
    void Append(NumberRange uids);
  };
  std::size_t RunOfNumber(std::uint32_t sequence_number) const;
  Runs& Own();

  static const std::shared_ptr<Runs>& NoRuns();

  std::shared_ptr<Runs> runs_;  // never null
  NumberRanges saved_;
};

}  // namespace posthorn::imap
