#include "smtp-gateway/filter/rspamd_request.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace posthorn::filter {
namespace {

// rspamd takes 80 KiB of header fields.
constexpr size_t kMaxRecipientOctets = 48 * 1024;

// Clients choose many of the values: nothing in them may begin another field.
void AddField(absl::string_view name, absl::string_view value, std::string& head) {
  if (value.empty()) {
    return;
  }
  std::string clean(value);
  std::replace_if(clean.begin(), clean.end(), absl::ascii_iscntrl, '?');
  absl::StrAppend(&head, name, ": ", clean, "\r\n");
}

}  // namespace

std::string RspamdRequestHead(const Client& client, const Envelope& envelope,
                              absl::string_view host, uint64_t message_octets) {
  std::string head =
      absl::StrCat("POST /checkv2 HTTP/1.1\r\nHost: ", host,
                   "\r\nConnection: close\r\nContent-Length: ", message_octets, "\r\n");
  AddField("IP", client.address, head);
  AddField("Helo", client.helo, head);
  AddField("From", absl::StrCat("<", envelope.reverse_path, ">"), head);
  AddField("User", client.user, head);
  AddField("Queue-Id", client.session_id, head);
  AddField("MTA-Name", client.hostname, head);
  AddField("TLS-Version", client.tls_version, head);
  AddField("TLS-Cipher", client.tls_cipher, head);
  const size_t limit = head.size() + kMaxRecipientOctets;
  for (const std::string& recipient : envelope.recipients) {
    if (head.size() + recipient.size() > limit) {
      break;
    }
    AddField("Rcpt", absl::StrCat("<", recipient, ">"), head);
  }
  return head + "\r\n";
}

}  // namespace posthorn::filter
