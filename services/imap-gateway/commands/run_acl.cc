// SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS (RFC 4314 3).
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/rights_text.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

v1::SetAclRequest::Mode ModeOf(RightsChange change) {
  switch (change) {
    case RightsChange::kAdd:
      return v1::SetAclRequest::MODE_ADD;
    case RightsChange::kRemove:
      return v1::SetAclRequest::MODE_REMOVE;
    case RightsChange::kReplace:
      break;
  }
  return v1::SetAclRequest::MODE_REPLACE;
}

Done Set(Session& session, SetAclArguments arguments, std::string completed) {
  absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::SetAclRequest request;
  request.set_name(*std::move(name));
  request.mutable_entry()->set_identifier(std::move(arguments.identifier));
  request.mutable_entry()->set_rights(std::move(arguments.rights));
  request.set_mode(ModeOf(arguments.change));
  v1::SetAclResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::SetAcl, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  co_return Ok(std::move(completed));
}

}  // namespace

Done RunSetAcl(Session& session, SetAclArguments arguments) {
  co_return co_await Set(session, std::move(arguments), "Setacl completed");
}

Done RunDeleteAcl(Session& session, AclArguments arguments) {
  SetAclArguments none;
  none.mailbox = std::move(arguments.mailbox);
  none.identifier = std::move(arguments.identifier);
  co_return co_await Set(session, std::move(none), "Deleteacl completed");
}

Done RunGetAcl(Session& session, MailboxArguments arguments) {
  const absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::GetAclRequest request;
  request.set_name(*name);
  v1::GetAclResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::GetAcl, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::string& out = session.out();
  out.append("* ACL ");
  AppendMailbox(out, *name, session.features().names());
  for (const v1::AclEntry& entry : response.entries()) {
    out.push_back(' ');
    AppendAstring(out, entry.identifier());
    out.push_back(' ');
    AppendRights(out, entry.rights());
  }
  out.append("\r\n");
  co_return Ok("Getacl completed");
}

Done RunListRights(Session& session, AclArguments arguments) {
  const absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::ListRightsRequest request;
  request.set_name(*name);
  request.set_identifier(arguments.identifier);
  v1::ListRightsResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::ListRights, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::string& out = session.out();
  out.append("* LISTRIGHTS ");
  AppendMailbox(out, *name, session.features().names());
  out.push_back(' ');
  // RFC 4314 3.4: the identifier as the client wrote it.
  AppendAstring(out, arguments.identifier);
  out.push_back(' ');
  AppendRights(out, response.required());
  std::string optional;
  if (!response.optional().empty()) {
    AppendRights(optional, response.optional());
  }
  for (const char right : optional) {
    out.push_back(' ');
    out.push_back(right);
  }
  out.append("\r\n");
  co_return Ok("Listrights completed");
}

Done RunMyRights(Session& session, MailboxArguments arguments) {
  const absl::StatusOr<std::string> name = ExistingMailbox(session, arguments.mailbox);
  if (!name.ok()) {
    co_return FromStatus(name.status());
  }
  v1::GetMyRightsRequest request;
  request.set_name(*name);
  v1::GetMyRightsResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::GetMyRights, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  std::string& out = session.out();
  out.append("* MYRIGHTS ");
  AppendMailbox(out, *name, session.features().names());
  out.push_back(' ');
  AppendRights(out, response.rights());
  out.append("\r\n");
  co_return Ok("Myrights completed");
}

}  // namespace posthorn::imap
