#pragma once

#include <string>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/parser/esearch_arguments.h"
#include "posthorn/v1/mailbox.pb.h"

namespace posthorn::imap {

// RFC 7377 2.2: the mailboxes that the source options name, but for "selected", by their canonical
// names: each once, in the order of the list. `entries`: the account's mailboxes. A mailbox that
// was named itself need not be in the list.
std::vector<std::string> NamesOfSources(
    const std::vector<SearchSource>& sources,
    const google::protobuf::RepeatedPtrField<v1::MailboxEntry>& entries, NameEncoding names);

}  // namespace posthorn::imap
