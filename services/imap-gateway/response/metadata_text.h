#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "posthorn/v1/metadata.pb.h"

namespace posthorn::imap {

// RFC 5464 4.4.1: an untagged METADATA with values; NIL for those that are not there. The empty
// name is the server's.
void AppendMetadata(std::string& out, absl::string_view mailbox, NameEncoding names,
                    const google::protobuf::RepeatedPtrField<v1::Annotation>& annotations);

// RFC 5464 4.4.2: one that names entries that have changed.
void AppendChangedEntries(std::string& out, absl::string_view mailbox, NameEncoding names,
                          const std::vector<absl::string_view>& entries);

}  // namespace posthorn::imap
