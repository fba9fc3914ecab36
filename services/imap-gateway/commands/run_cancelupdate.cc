// CANCELUPDATE (RFC 5267 4.3.5).
#include <algorithm>

#include "imap-gateway/commands/run_esearch.h"
#include "imap-gateway/search/search_context.h"

namespace posthorn::imap {

asio::awaitable<Completion> RunCancelUpdate(Session& session, CancelUpdateArguments arguments) {
  std::erase_if(session.selected().contexts, [&arguments](const auto& context) {
    return std::find(arguments.tags.begin(), arguments.tags.end(), context->tag) !=
           arguments.tags.end();
  });
  co_return Ok("No further updates");
}

}  // namespace posthorn::imap
