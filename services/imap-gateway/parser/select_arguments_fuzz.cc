// SELECT's parameters: whatever parses holds what the session relies on.
#include <cstdint>
#include <cstdlib>

#include "imap-gateway/parser/select_arguments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  Scanner scanner(absl::string_view(reinterpret_cast<const char*>(data), size));
  const SelectArguments arguments = ParseSelect(scanner);
  scanner.End();
  if (!scanner.ok() || !arguments.resync) {
    return 0;
  }
  const ResyncArguments& resync = *arguments.resync;
  if (resync.uidvalidity == 0 || resync.modseq == 0 ||
      CountOf(resync.match_numbers) != CountOf(resync.match_uids)) {
    std::abort();
  }
  return 0;
}
