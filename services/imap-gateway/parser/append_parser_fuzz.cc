// The arguments of APPEND and REPLACE on arbitrary text, cut into texts at each line of "|".
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_split.h"
#include "imap-gateway/parser/append_arguments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  RoleOfLiteral(input);
  AppendParser parser;
  for (const absl::string_view text : absl::StrSplit(input, '|')) {
    (void)parser.RoleOfNext(WithoutTrailingHead(text));
    Scanner scanner(text);
    for (std::size_t steps = 0;; ++steps) {
      const AppendParser::Step step = parser.Next(scanner);
      if (!scanner.ok() || step == AppendParser::Step::kEnd) {
        return 0;
      }
      if (step != AppendParser::Step::kMessage && step != AppendParser::Step::kUrl) {
        break;
      }
      if (steps > size + 2) {
        std::abort();  // it does not get on
      }
    }
  }
  return 0;
}
