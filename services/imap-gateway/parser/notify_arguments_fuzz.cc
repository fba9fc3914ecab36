// NOTIFY's arguments: whatever parses obeys the rules of RFC 5465 5 and 6.
#include <cstdint>
#include <cstdlib>

#include "imap-gateway/parser/notify_arguments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  Scanner scanner(absl::string_view(reinterpret_cast<const char*>(data), size));
  const NotifyArguments arguments = ParseNotify(scanner);
  scanner.End();
  if (!scanner.ok()) {
    return 0;
  }
  if (arguments.selected && (arguments.selected->events & ~(kNotifyMessages | kNotifyFlags)) != 0) {
    std::abort();
  }
  for (const NotifyArguments::Group& group : arguments.groups) {
    if ((group.events & kNotifyFlags) != 0 && (group.events & kNotifyMessages) == 0) {
      std::abort();
    }
  }
  return 0;
}
