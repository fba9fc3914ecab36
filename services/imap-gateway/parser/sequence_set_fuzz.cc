// Sets resolve to sorted, disjoint runs, and what is printed reads back the same.
#include <cstdint>

#include "common/testing/require.h"
#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/view/view.h"

using posthorn::testing_support::Require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  Scanner scanner(absl::string_view(reinterpret_cast<const char*>(data), size));
  const SequenceSet set = ParseSequenceSet(scanner);
  if (!scanner.ok()) {
    return 0;
  }
  const NumberRanges ranges = set.Resolve(100);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    Require(ranges[i].first >= 1 && ranges[i].first <= ranges[i].last);
    Require(i == 0 || std::uint64_t{ranges[i - 1].last} + 1 < ranges[i].first);
  }
  if (!ranges.empty()) {
    const std::string text = FormatRanges(ranges);
    Scanner again(text);
    Require(ParseSequenceSet(again).Resolve(100) == ranges && again.AtEnd());
  }
  if (CountOf(ranges) < 100000) {
    View view(ranges);
    Require(view.size() == CountOf(ranges));
    Require(view.Uids() == ranges);
    const NumberRanges part = {{2, 3}, {50, 1000}};
    const NumberRanges gone = view.Known(part);
    Require(view.Remove(part).size() == CountOf(gone));
    Require(view.size() == CountOf(ranges) - CountOf(gone));
  }
  return 0;
}
