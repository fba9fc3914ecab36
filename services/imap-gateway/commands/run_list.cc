#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/mailbox/listing.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

asio::awaitable<bool> TellLines(Session& session, absl::string_view response,
                                std::vector<ListLine> lines) {
  for (const ListLine& line : lines) {
    std::string& out = session.out();
    absl::StrAppend(&out, "* ", response, " (", absl::StrJoin(line.attributes, " "), ") \"/\" ");
    AppendMailbox(out, line.name);
    if (line.child_info) {
      out.append(" (\"CHILDINFO\" (\"SUBSCRIBED\"))");
    }
    out.append("\r\n");
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return false;
    }
  }
  co_return true;
}

asio::awaitable<absl::Status> ReadMailboxes(Session& session, v1::ListMailboxesResponse& response) {
  v1::ListMailboxesRequest request;
  co_return co_await session.store().Call<v1::Mailbox>(&MailboxMethods::ListMailboxes, request,
                                                       response);
}

// RFC 3501 6.3.8: an empty name asks for the separator and the root of the reference.
bool AsksForSeparator(const ListArguments& arguments) {
  return !arguments.extended && arguments.patterns.size() == 1 && arguments.patterns[0].empty();
}

}  // namespace

Done RunList(Session& session, ListArguments arguments) {
  if (AsksForSeparator(arguments)) {
    session.out().append("* LIST (\\Noselect) \"/\" \"\"\r\n");
    co_return Ok("List completed");
  }
  v1::ListMailboxesResponse response;
  const absl::Status status = co_await ReadMailboxes(session, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  co_await TellLines(session, "LIST", SelectForList(response.mailboxes(), arguments));
  co_return Ok("List completed");
}

Done RunLsub(Session& session, ListArguments arguments) {
  v1::ListMailboxesResponse response;
  const absl::Status status = co_await ReadMailboxes(session, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  co_await TellLines(session, "LSUB", SelectForLsub(response.mailboxes(), arguments));
  co_return Ok("Lsub completed");
}

}  // namespace posthorn::imap
