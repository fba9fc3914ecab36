#include "imap-gateway/response/envelope.h"

#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

using Addresses = google::protobuf::RepeatedPtrField<v1::Address>;

// NIL where there is nothing: for the parts of an address that may be missing.
void AppendOrNil(std::string& out, const std::string& value) {
  if (value.empty()) {
    out.append("NIL");
  } else {
    AppendString(out, value);
  }
}

void AppendAddress(std::string& out, const v1::Address& address) {
  out.push_back('(');
  if (address.is_group()) {
    // RFC 3501 7.4.2: a NIL host is group syntax; a NIL mailbox as well ends the group.
    out.append("NIL NIL ");
    AppendOrNil(out, address.mailbox());
    out.append(" NIL)");
    return;
  }
  AppendOrNil(out, address.name());
  out.push_back(' ');
  AppendOrNil(out, address.route());
  out.push_back(' ');
  AppendString(out, address.mailbox());
  out.push_back(' ');
  AppendString(out, address.host());
  out.push_back(')');
}

void AppendAddresses(std::string& out, const Addresses& addresses) {
  out.push_back(' ');
  if (addresses.empty()) {
    out.append("NIL");
    return;
  }
  out.push_back('(');
  for (const v1::Address& address : addresses) {
    AppendAddress(out, address);
  }
  out.push_back(')');
}

// `value` counts only if `present`.
void AppendField(std::string& out, bool present, const std::string& value) {
  if (present) {
    AppendString(out, value);
  } else {
    out.append("NIL");
  }
}

}  // namespace

void AppendEnvelope(std::string& out, const v1::Envelope& envelope) {
  out.push_back('(');
  AppendField(out, envelope.has_date(), envelope.date());
  out.push_back(' ');
  AppendField(out, envelope.has_subject(), envelope.subject());
  AppendAddresses(out, envelope.from());
  // RFC 3501 7.4.2: Sender and Reply-To default to From.
  AppendAddresses(out, envelope.sender().empty() ? envelope.from() : envelope.sender());
  AppendAddresses(out, envelope.reply_to().empty() ? envelope.from() : envelope.reply_to());
  AppendAddresses(out, envelope.to());
  AppendAddresses(out, envelope.cc());
  AppendAddresses(out, envelope.bcc());
  out.push_back(' ');
  AppendField(out, envelope.has_in_reply_to(), envelope.in_reply_to());
  out.push_back(' ');
  AppendField(out, envelope.has_message_id(), envelope.message_id());
  out.push_back(')');
}

}  // namespace posthorn::imap
