#include "imap-gateway/session/foretold.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace posthorn::imap {
namespace {

// What a session keeps that asks for nothing; more is read.
constexpr std::size_t kMostChanges = 32;

using Changes = std::vector<ChangePtr>;

v1::FlagColumns Last(Changes::const_iterator first, Changes::const_iterator last) {
  std::map<std::uint32_t, std::pair<const v1::FlagColumns*, int>> rows;
  for (; first != last; ++first) {
    const v1::FlagColumns& changed = (*first)->changed();
    for (int i = 0; i < changed.uids_size(); ++i) {
      rows[changed.uids(i)] = {&changed, i};
    }
  }
  v1::FlagColumns columns;
  for (const auto& [uid, row] : rows) {
    const auto& [changed, i] = row;
    columns.add_uids(uid);
    columns.add_flags(changed->flags(i));
    columns.add_keywords(changed->keywords(i));
    columns.add_modseqs(changed->modseqs(i));
  }
  return columns;
}

}  // namespace

void Foretold::Add(const ChangePtr& change, std::uint64_t known) {
  const std::uint64_t end = changes_.empty() ? known : changes_.back()->modseq();
  if (change->since_modseq() != 0 && change->since_modseq() == end &&
      changes_.size() < kMostChanges) {
    changes_.push_back(change);
  }
}

std::optional<Foretold::State> Foretold::Take(std::uint64_t known, std::uint64_t wanted) {
  const Changes changes = std::exchange(changes_, {});
  // What comes before was read meanwhile.
  const auto first = std::find_if(changes.begin(), changes.end(), [known](const ChangePtr& change) {
    return change->since_modseq() == known;
  });
  if (first == changes.end() || changes.back()->modseq() < wanted) {
    return std::nullopt;
  }
  return State{changes.back()->modseq(), Last(first, changes.end())};
}

}  // namespace posthorn::imap
