#include <cstdint>
#include <cstdlib>

#include "imap-gateway/parser/search_program.h"

namespace {
int Depth(const posthorn::imap::SearchKey& key) {
  int deepest = 0;
  for (const auto& child : key.children) {
    deepest = std::max(deepest, Depth(child));
  }
  return deepest + 1;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  Scanner scanner(absl::string_view(reinterpret_cast<const char*>(data), size));
  const SearchArguments arguments = ParseSearch(scanner);
  // A level of the program is at most a group, an OR and a NOT in the tree.
  if (Depth(arguments.key) > 3 * (kMaxSearchDepth + 2)) {
    std::abort();
  }
  return 0;
}
