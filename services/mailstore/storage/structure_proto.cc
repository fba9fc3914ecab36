#include "mailstore/storage/structure_proto.h"

#include "absl/strings/ascii.h"
#include "mailstore/storage/thread_ids.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

using Addresses = google::protobuf::RepeatedPtrField<v1::Address>;

void Convert(const mail::AddressList& from, Addresses* to) {
  for (const mail::Address& address : from) {
    v1::Address* out = to->Add();
    out->set_name(address.name);
    out->set_route(address.route);
    out->set_mailbox(address.mailbox);
    out->set_host(address.host);
    out->set_is_group(address.kind != mail::Address::Kind::kMailbox);
  }
}

void Convert(const mail::Envelope& from, v1::Envelope* to) {
  if (from.date.has_value()) {
    to->set_date(*from.date);
  }
  if (from.subject.has_value()) {
    to->set_subject(*from.subject);
  }
  Convert(from.from, to->mutable_from());
  Convert(from.sender, to->mutable_sender());
  Convert(from.reply_to, to->mutable_reply_to());
  Convert(from.to, to->mutable_to());
  Convert(from.cc, to->mutable_cc());
  Convert(from.bcc, to->mutable_bcc());
  if (from.in_reply_to.has_value()) {
    to->set_in_reply_to(*from.in_reply_to);
  }
  if (from.message_id.has_value()) {
    to->set_message_id(*from.message_id);
  }
}

void Convert(const std::vector<mail::Parameter>& from,
             google::protobuf::RepeatedPtrField<v1::Parameter>* to) {
  for (const mail::Parameter& parameter : from) {
    v1::Parameter* out = to->Add();
    out->set_name(parameter.name);
    out->set_value(parameter.value);
  }
}

void Convert(const mail::Part& from, v1::BodyPart* to) {
  to->set_children(from.child_count);
  to->set_type(absl::AsciiStrToUpper(from.type));
  to->set_subtype(absl::AsciiStrToUpper(from.subtype));
  Convert(from.params, to->mutable_parameters());
  if (from.content_id.has_value()) {
    to->set_content_id(*from.content_id);
  }
  if (from.description.has_value()) {
    to->set_description(*from.description);
  }
  to->set_encoding(absl::AsciiStrToUpper(from.encoding));
  if (from.md5.has_value()) {
    to->set_md5(*from.md5);
  }
  if (from.disposition.has_value()) {
    to->set_disposition(from.disposition->type);
    Convert(from.disposition->params, to->mutable_disposition_parameters());
  }
  for (const std::string& language : from.language) {
    to->add_languages(language);
  }
  if (from.location.has_value()) {
    to->set_location(*from.location);
  }
  to->set_header_offset(from.header_offset);
  to->set_header_size(from.header_size);
  to->set_body_offset(from.body_offset);
  to->set_body_size(from.body_size);
  to->set_body_lines(from.lines);
  if (from.envelope.has_value()) {
    Convert(*from.envelope, to->mutable_envelope());
  }
}

}  // namespace

std::string SerializeEnvelope(const mail::MessageStructure& structure) {
  v1::Envelope proto;
  Convert(structure.envelope, &proto);
  proto.set_thread_ids(PackThreadIds(structure));
  return proto.SerializeAsString();
}

std::string SerializeBodyStructure(const mail::MessageStructure& structure) {
  v1::BodyStructure proto;
  for (const mail::Part& part : structure.parts) {
    Convert(part, proto.add_parts());
  }
  return proto.SerializeAsString();
}

}  // namespace posthorn::store
