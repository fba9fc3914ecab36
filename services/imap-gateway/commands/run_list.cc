#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/mailbox/listing.h"
#include "imap-gateway/response/metadata_text.h"
#include "imap-gateway/response/rights_text.h"
#include "imap-gateway/response/status_text.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

// RFC 5258 3.5: the criteria that some mailbox below meets.
absl::string_view ChildInfo(const ListArguments::Select& select) {
  if (select.subscribed && select.special_use) {
    return " (\"CHILDINFO\" (\"SUBSCRIBED\" \"SPECIAL-USE\"))";
  }
  return select.subscribed ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))"
                           : " (\"CHILDINFO\" (\"SPECIAL-USE\"))";
}

void AppendLine(std::string& out, absl::string_view response, const ListLine& line,
                const ListArguments& arguments) {
  const NameEncoding names = arguments.names;
  absl::StrAppend(&out, "* ", response, " (", absl::StrJoin(line.attributes, " "), ") \"/\" ");
  AppendMailbox(out, line.name, names);
  if (line.child_info) {
    absl::StrAppend(&out, ChildInfo(arguments.select));
  }
  out.append("\r\n");
}

using Annotations = google::protobuf::RepeatedPtrField<v1::Annotation>;
// By owner and mailbox.
using MetadataMap = absl::flat_hash_map<std::pair<std::uint64_t, std::uint32_t>, Annotations>;

// RFC 9590 3: the entries of all mailboxes that are told, by one call.
asio::awaitable<absl::Status> ReadMetadata(Session& session, const std::vector<ListLine>& lines,
                                           const ListArguments::Return& returned,
                                           MetadataMap& metadata) {
  v1::ListMetadataRequest request;
  for (const ListLine& line : lines) {
    if (line.entry != nullptr && line.entry->has_mailbox_id()) {
      v1::MailboxRef* mailbox = request.add_mailboxes();
      mailbox->set_account_id(line.entry->account_id());
      mailbox->set_mailbox_id(line.entry->mailbox_id());
    }
  }
  for (const std::string& entry : returned.metadata) {
    request.add_entries(entry);
  }
  v1::ListMetadataResponse response;
  const absl::Status status = co_await session.store().Call<v1::Metadata>(
      &MetadataMethods::ListMetadata, request, response);
  if (!status.ok()) {
    co_return status;
  }
  for (v1::ListMetadataResponse::Mailbox& mailbox : *response.mutable_mailboxes()) {
    metadata[{mailbox.mailbox().account_id(), mailbox.mailbox().mailbox_id()}].Swap(
        mailbox.mutable_annotations());
  }
  co_return absl::OkStatus();
}

// RFC 5819 2, RFC 8440 3, RFC 9590 3: what was asked for of a mailbox, after its LIST line. Nothing
// of what cannot be selected, or may not be read.
void AppendReturned(Session& session, const ListLine& line, const ListArguments::Return& returned,
                    const MetadataMap& metadata) {
  std::string& out = session.out();
  const NameEncoding names = session.features().names();
  if (line.entry == nullptr) {
    return;
  }
  const v1::MailboxEntry& entry = *line.entry;
  if (!returned.status.empty() && entry.has_counters()) {
    out.append("* STATUS ");
    AppendMailbox(out, line.name, names);
    out.push_back(' ');
    AppendStatusItems(out, returned.status,
                      {.counters = entry.counters(),
                       .account_id = entry.account_id(),
                       .mailbox_id = entry.mailbox_id(),
                       .append_limit = session.services().gateway.max_message_bytes()});
    out.append("\r\n");
  }
  if (returned.my_rights && !entry.rights().empty()) {
    out.append("* MYRIGHTS ");
    AppendMailbox(out, line.name, names);
    out.push_back(' ');
    AppendRights(out, entry.rights());
    out.append("\r\n");
  }
  const auto annotations = metadata.find({entry.account_id(), entry.mailbox_id()});
  if (entry.has_mailbox_id() && annotations != metadata.end()) {
    AppendMetadata(out, line.name, names, annotations->second);
  }
}

asio::awaitable<void> TellLines(Session& session, absl::string_view response,
                                const std::vector<ListLine>& lines, const ListArguments& arguments,
                                const MetadataMap& metadata) {
  for (const ListLine& line : lines) {
    AppendLine(session.out(), response, line, arguments);
    AppendReturned(session, line, arguments.returned, metadata);
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<absl::Status> ReadMailboxes(Session& session, const ListArguments& arguments,
                                            v1::ListMailboxesResponse& response) {
  v1::ListMailboxesRequest request;
  request.set_others(MayMatchOthers(arguments));
  if (!arguments.returned.status.empty()) {
    *request.mutable_counters() = CounterOptionsFor(arguments.returned.status);
  }
  request.set_rights(arguments.returned.my_rights);
  co_return co_await session.store().Call<v1::Mailbox>(&MailboxMethods::ListMailboxes, request,
                                                       response);
}

// RFC 3501 6.3.8: an empty name asks for the separator and the root of the reference.
bool AsksForSeparator(const ListArguments& arguments) {
  return !arguments.extended && arguments.patterns.size() == 1 && arguments.patterns[0].empty();
}

}  // namespace

Done RunList(Session& session, ListArguments arguments) {
  arguments.names = session.features().names();
  if (AsksForSeparator(arguments)) {
    session.out().append("* LIST (\\Noselect) \"/\" \"\"\r\n");
    co_return Ok("List completed");
  }
  v1::ListMailboxesResponse response;
  const absl::Status status = co_await ReadMailboxes(session, arguments, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  const std::vector<ListLine> lines =
      SelectForList(response.mailboxes(), arguments, session.features().imap4rev2);
  MetadataMap metadata;
  if (!arguments.returned.metadata.empty()) {
    const absl::Status read = co_await ReadMetadata(session, lines, arguments.returned, metadata);
    if (!read.ok()) {
      co_return FromStatus(read);
    }
  }
  co_await TellLines(session, "LIST", lines, arguments, metadata);
  co_return Ok("List completed");
}

Done RunLsub(Session& session, ListArguments arguments) {
  arguments.names = session.features().names();
  v1::ListMailboxesResponse response;
  const absl::Status status = co_await ReadMailboxes(session, arguments, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  const std::vector<ListLine> lines = SelectForLsub(response.mailboxes(), arguments);
  const MetadataMap none;
  co_await TellLines(session, "LSUB", lines, arguments, none);
  co_return Ok("Lsub completed");
}

}  // namespace posthorn::imap
