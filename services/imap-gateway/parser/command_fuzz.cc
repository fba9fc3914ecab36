// Every argument parser on arbitrary text, the first octet choosing which.
#include <cstdint>

#include "imap-gateway/parser/append_arguments.h"
#include "imap-gateway/parser/arguments.h"
#include "imap-gateway/parser/fetch_attributes.h"
#include "imap-gateway/parser/list_arguments.h"
#include "imap-gateway/parser/notify_arguments.h"
#include "imap-gateway/parser/search_program.h"
#include "imap-gateway/parser/select_arguments.h"
#include "imap-gateway/parser/store_arguments.h"
#include "imap-gateway/parser/url_arguments.h"

namespace posthorn::imap {
namespace {

template <auto kParse>
void Run(Scanner& scanner) {
  (void)kParse(scanner);
  scanner.End();
}

using Parser = void (*)(Scanner&);
constexpr Parser kParsers[] = {
    Run<ParseNothing>,    Run<ParseLogin>,    Run<ParseAuthenticate>, Run<ParseMailbox>,
    Run<ParseRename>,     Run<ParseStatus>,   Run<ParseCopy>,         Run<ParseSet>,
    Run<ParseId>,         Run<ParseEnable>,   Run<ParseAppend>,       Run<ParseFetch>,
    Run<ParseReplace>,    Run<ParseResetKey>, Run<ParseGenUrlAuth>,   Run<ParseUrlFetch>,
    Run<ParseList>,       Run<ParseLsub>,     Run<ParseSearch>,       Run<ParseStore>,
    Run<ParseSelect>,     Run<ParseNotify>,   Run<ParseCompress>,     Run<ParseWords>,
    Run<ParseUidBatches>,
};

}  // namespace
}  // namespace posthorn::imap

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  if (size == 0) {
    return 0;
  }
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Scanner scanner(text.substr(1));
  kParsers[data[0] % std::size(kParsers)](scanner);
  RoleOfLiteral(text);
  return 0;
}
