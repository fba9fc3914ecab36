#include "smtp-gateway/session/sender_policy.h"

#include <string>

#include "mail/mailbox_address.h"

namespace posthorn::smtp {

bool MaySendAs(std::string_view login, const Path& sender) {
  if (sender.null) {
    return true;
  }
  const auto own = mail::ParseMailboxAddress({login.data(), login.size()});
  if (!own.ok()) {
    return false;
  }
  if (sender.address.LookupKey() == own->LookupKey()) {
    return true;
  }
  mail::MailboxAddress base = sender.address;
  base.local_part = std::string(mail::SplitSubAddress(sender.address.local_part).user);
  return base.LookupKey() == own->LookupKey();
}

}  // namespace posthorn::smtp
