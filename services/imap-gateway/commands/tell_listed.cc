#include "imap-gateway/commands/tell_listed.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "imap-gateway/mailbox/listing.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

// The attributes as an extended LIST has them; none if the mailbox is not listed.
std::string Attributes(const v1::ListMailboxesResponse& response, const std::string& name) {
  ListArguments arguments;
  arguments.patterns = {"*"};
  arguments.extended = true;
  arguments.returned.subscribed = true;
  for (const v1::MailboxEntry& entry : response.mailboxes()) {
    if (entry.name() == name) {
      google::protobuf::RepeatedPtrField<v1::MailboxEntry> one;
      *one.Add() = entry;
      const std::vector<ListLine> lines = SelectForList(one, arguments);
      return lines.empty() ? "" : absl::StrJoin(lines.front().attributes, " ");
    }
  }
  return "";
}

}  // namespace

bool IsOtherSpelling(const Session& session, absl::string_view name, absl::string_view wire) {
  return absl::StripSuffix(wire, "/") != EncodeMailboxName(name, session.features().names());
}

asio::awaitable<absl::Status> TellListed(Session& session, std::string name, std::string wire) {
  v1::ListMailboxesRequest request;
  request.set_others(IsOfOtherUsers(name));
  v1::ListMailboxesResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::ListMailboxes, request, response);
  if (!status.ok()) {
    co_return status;
  }
  const NameEncoding names = session.features().names();
  std::string& out = session.out();
  absl::StrAppend(&out, "* LIST (", Attributes(response, name), ") \"/\" ");
  AppendMailbox(out, name, names);
  if (IsOtherSpelling(session, name, wire)) {
    out.append(" (\"OLDNAME\" (");
    AppendAstring(out, absl::StripSuffix(wire, "/"), session.features().quoted());
    out.append("))");
  }
  out.append("\r\n");
  co_return absl::OkStatus();
}

}  // namespace posthorn::imap
