#pragma once

#include <vector>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/search_program.h"

namespace posthorn::imap {

// RFC 5256 3, RFC 5957 3, RFC 6203 6.
enum class SortField {
  kArrival,
  kCc,
  kDate,
  kFrom,
  kSize,
  kSubject,
  kTo,
  kDisplayFrom,
  kDisplayTo,
  kRelevancy,
};
struct SortCriterion {
  SortField field = SortField::kArrival;
  bool reverse = false;
};
inline constexpr std::size_t kMaxSortCriteria = 20;

struct SortArguments {
  std::vector<SortCriterion> criteria;  // at least one
  SearchArguments search;
};
SortArguments ParseSort(Scanner& scanner);

enum class ThreadAlgorithm { kOrderedSubject, kReferences, kRefs };
struct ThreadArguments {
  ThreadAlgorithm algorithm = ThreadAlgorithm::kReferences;
  SearchArguments search;
};
ThreadArguments ParseThread(Scanner& scanner);

}  // namespace posthorn::imap
