#include "smtp-gateway/client/envelope.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mail/mailbox_address.h"

namespace posthorn::client {
namespace {

constexpr size_t kMaxPath = 1024;

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

// Controls and brackets would end the path early; a space only stands in a quoted local part.
absl::StatusOr<std::string> Path(absl::string_view address, bool smtputf8) {
  std::string path(address);
  if (const size_t at = address.rfind('@');
      !smtputf8 && at != absl::string_view::npos && !IsAscii(address.substr(at + 1))) {
    auto domain = mail::NormalizeDomain(address.substr(at + 1));
    if (!domain.ok()) {
      return domain.status();
    }
    path = absl::StrCat(address.substr(0, at + 1), *domain);
  }
  const bool quoted = absl::StartsWith(path, "\"");
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < ' ' || octet == 0x7F || (!quoted && (c == ' ' || c == '<' || c == '>')) ||
        (!smtputf8 && octet > 0x7F)) {
      return absl::InvalidArgumentError("the address cannot be sent");
    }
  }
  if (path.size() > kMaxPath) {
    return absl::InvalidArgumentError("the address is too long");
  }
  return absl::StrCat("<", path, ">");
}

void AddBody(const v1::QueuedMessage& message, const Extensions& extensions, std::string& line) {
  if (message.content() == v1::BODY_KIND_BINARYMIME && extensions.binarymime) {
    line += " BODY=BINARYMIME";
  } else if (message.content() != v1::BODY_KIND_7BIT && extensions.eight_bit) {
    line += " BODY=8BITMIME";
  }
}

}  // namespace

bool UsesUtf8(const Sender& sender, bool utf8_address) {
  return sender.message.envelope().smtputf8() && (utf8_address || sender.message.utf8_header());
}

bool NeedsUtf8(absl::string_view address) {
  return !IsAscii(address.substr(0, address.rfind('@')));
}

std::string EncodeXtext(absl::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < '!' || octet > '~' || c == '+' || c == '=') {
      encoded += {'+', kHex[octet >> 4], kHex[octet & 15]};
    } else {
      encoded += c;
    }
  }
  return encoded;
}

// BINARYMIME may be for long lines alone: without its extension those go by DATA as they ever did,
// and what DATA cannot send is noticed while it is read.
bool NeedsDowngrade(const v1::QueuedMessage& message, const Extensions& extensions) {
  // RFC 3030 3: what its sender called binary goes as it is only to a server that takes that. Text
  // with overlong lines, which counts as binary too, is taken everywhere.
  if (message.envelope().body() == v1::BODY_KIND_BINARYMIME &&
      message.content() == v1::BODY_KIND_BINARYMIME && !extensions.binarymime) {
    return true;
  }
  return message.content() != v1::BODY_KIND_7BIT && !extensions.eight_bit && !extensions.binarymime;
}

Obstacle FindObstacle(const Sender& sender, bool utf8_address, const Extensions& extensions) {
  const v1::QueuedMessage& message = sender.message;
  if (extensions.size_limit.has_value() && message.size() > *extensions.size_limit) {
    return {"5.3.4", absl::StrCat("the message has ", message.size(),
                                  " octets, the next server takes ", *extensions.size_limit)};
  }
  if (UsesUtf8(sender, utf8_address) && !extensions.smtputf8) {
    return {"5.6.7", "the next server takes no international addresses and headers (SMTPUTF8)"};
  }
  // RFC 2852 4.1: a message with the mode "R" goes only where its time is kept.
  if (message.envelope().deliver_by() == v1::DELIVER_BY_RETURN &&
      !extensions.deliver_by.has_value()) {
    return {"5.3.3", "the next server does not keep times of delivery (DELIVERBY)"};
  }
  return {};
}

absl::StatusOr<std::string> MailCommand(const Sender& sender, bool utf8_address,
                                        int64_t seconds_left, const Extensions& extensions) {
  const v1::QueuedMessage& message = sender.message;
  const v1::OutboundEnvelope& envelope = message.envelope();
  const bool smtputf8 = UsesUtf8(sender, utf8_address);
  const auto path = Path(sender.reverse_path, smtputf8);
  if (!path.ok()) {
    return path.status();
  }
  std::string line = absl::StrCat("MAIL FROM:", *path);
  if (extensions.size) {
    absl::StrAppend(&line, " SIZE=", message.size());
  }
  AddBody(message, extensions, line);
  if (smtputf8) {
    line += " SMTPUTF8";
  }
  if (extensions.dsn) {
    // RFC 3461 4.3: without RET the server decides, so what is wanted is always said.
    // RFC 8689 5: beside REQUIRETLS, RET=FULL does not count.
    const bool full = envelope.return_full() && !envelope.require_tls();
    line += full ? " RET=FULL" : " RET=HDRS";
    if (!envelope.envelope_id().empty()) {
      absl::StrAppend(&line, " ENVID=", EncodeXtext(envelope.envelope_id()));
    }
  }
  // A server that does not offer it is given notifications only (see DemandOf()).
  if (envelope.require_tls() && extensions.require_tls) {
    line += " REQUIRETLS";
  }
  if (envelope.deliver_by() != v1::DELIVER_BY_NONE && extensions.deliver_by.has_value()) {
    absl::StrAppend(&line, " BY=", seconds_left,
                    envelope.deliver_by() == v1::DELIVER_BY_RETURN ? ";R" : ";N",
                    envelope.deliver_by_trace() ? "T" : "");
  }
  if (envelope.priority() != 0 && extensions.mt_priority) {
    absl::StrAppend(&line, " MT-PRIORITY=", envelope.priority());
  }
  return line + "\r\n";
}

absl::StatusOr<std::string> RcptCommand(const v1::LeasedRecipient& recipient, bool smtputf8,
                                        const Extensions& extensions) {
  const auto path = Path(recipient.forward_path(), smtputf8);
  if (!path.ok()) {
    return path.status();
  }
  std::string line = absl::StrCat("RCPT TO:", *path);
  if (!extensions.dsn) {
    return line + "\r\n";
  }
  if (const uint32_t notify = recipient.notify(); (notify & v1::NOTIFY_NEVER) != 0) {
    line += " NOTIFY=NEVER";
  } else if (notify != v1::NOTIFY_DEFAULT) {
    std::vector<absl::string_view> wishes;
    for (const auto& [bit, name] :
         {std::pair(v1::NOTIFY_SUCCESS, "SUCCESS"), std::pair(v1::NOTIFY_FAILURE, "FAILURE"),
          std::pair(v1::NOTIFY_DELAY, "DELAY")}) {
      if ((notify & bit) != 0) {
        wishes.push_back(name);
      }
    }
    absl::StrAppend(&line, " NOTIFY=", absl::StrJoin(wishes, ","));
  }
  const absl::string_view original = recipient.original_recipient();
  if (const size_t semicolon = original.find(';');
      semicolon != absl::string_view::npos && IsAscii(original)) {
    absl::StrAppend(&line, " ORCPT=", original.substr(0, semicolon + 1),
                    EncodeXtext(original.substr(semicolon + 1)));
  }
  return line + "\r\n";
}

}  // namespace posthorn::client
