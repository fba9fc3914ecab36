#include <cstdint>
#include <cstdlib>

#include "imap-gateway/parser/esearch_arguments.h"
#include "imap-gateway/parser/search_program.h"
#include "imap-gateway/parser/sort_arguments.h"

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
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Scanner search(text);
  Scanner sort(text);
  Scanner thread(text);
  Scanner esearch(text);
  for (const SearchArguments& arguments :
       {ParseSearch(search), ParseSort(sort).search, ParseThread(thread).search,
        ParseEsearch(esearch).search}) {
    // A level of the program is at most a group, an OR, a NOT and a FUZZY in the tree.
    if (Depth(arguments.key) > 4 * (kMaxSearchDepth + 2)) {
      std::abort();
    }
  }
  return 0;
}
