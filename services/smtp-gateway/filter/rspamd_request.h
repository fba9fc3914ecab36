// What rspamd is asked: the head of a request to /checkv2 (docs.rspamd.com, "protocol"). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "smtp-gateway/filter/held_message.h"

namespace posthorn::filter {

// The octets of the message follow it. `host` is the server's name. Not all recipients are named if
// they are very many.
std::string RspamdRequestHead(const Client& client, const Envelope& envelope,
                              absl::string_view host, uint64_t message_octets);

}  // namespace posthorn::filter
