// What is learnt of a message on its way into the queue, while its octets go by.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mail/dkim_body.h"
#include "mail/eight_bit.h"

namespace posthorn::store {

// Not thread-safe. Keeps the header block, of which more than 1 MiB is not looked at.
class OutgoingScan {
 public:
  // `hash`: the body's hash is needed, for DKIM.
  explicit OutgoingScan(bool hash) {
    if (hash) {
      body_.emplace();
    }
  }

  void Feed(absl::string_view frame);

  struct Learnt {
    std::string header;  // with its empty line; empty if it is too long
    std::string body_hash;
    mail::ContentNeeds needs;
    bool tls_optional = false;  // "TLS-Required: No" (RFC 8689 3)
  };
  // To be called once.
  Learnt Finish();

 private:
  std::string header_;
  bool in_body_ = false;
  bool too_long_ = false;
  mail::ContentNeedsScanner needs_;
  std::optional<mail::DkimBody> body_;
};

}  // namespace posthorn::store
