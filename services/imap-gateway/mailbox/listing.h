#pragma once

#include <string>
#include <vector>

#include "imap-gateway/parser/list_arguments.h"
#include "posthorn/v1/mailbox.pb.h"

namespace posthorn::imap {

// A line of LIST or LSUB.
struct ListLine {
  std::string name;                     // canonical
  std::vector<std::string> attributes;  // with their backslashes
  bool child_info = false;              // RFC 5258 3.5
  // Null for a name that is not in the account.
  const v1::MailboxEntry* entry = nullptr;
};

// RFC 2342: where mailboxes of other users are, as mailstore names them.
inline constexpr absl::string_view kOtherUsersName = "Other Users";
bool IsOfOtherUsers(absl::string_view name);

// What LIST answers (RFC 3501 6.3.8, RFC 5258, RFC 6154) from all mailboxes of the account. The
// CHILDREN and SPECIAL-USE attributes always come. `rev2`: the session speaks IMAP4rev2. Lines
// point into `mailboxes`.
std::vector<ListLine> SelectForList(
    const google::protobuf::RepeatedPtrField<v1::MailboxEntry>& mailboxes,
    const ListArguments& arguments, bool rev2 = false);

// Whether the answer may have mailboxes of other users in it.
bool MayMatchOthers(const ListArguments& arguments);

// What LSUB answers (RFC 3501 6.3.9): subscribed names; a name that "%" stops at, with subscribed
// ones below it, as \Noselect.
std::vector<ListLine> SelectForLsub(
    const google::protobuf::RepeatedPtrField<v1::MailboxEntry>& mailboxes,
    const ListArguments& arguments);

}  // namespace posthorn::imap
