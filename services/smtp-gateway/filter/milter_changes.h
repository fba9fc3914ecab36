// What one milter wants to have changed at the end of a message, gathered until it has decided: a
// milter that breaks off has changed nothing.
#pragma once

#include <optional>

#include "smtp-gateway/filter/header_editor.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/filter/milter_codec.h"
#include "smtp-gateway/parser/line_checker.h"

namespace posthorn::filter::milter {

class Changes {
 public:
  // `capabilities` are those that were negotiated. Both outlive this.
  Changes(const Envelope& envelope, const HeldMessage& message, uint32_t capabilities,
          uint64_t largest_body);

  // INVALID_ARGUMENT for what the milter has not asked leave for, and what would break the message:
  // line ends in addresses or within fields, bodies that are not lines. RESOURCE_EXHAUSTED for more
  // than there may be.
  absl::Status Add(const Reply& reply);
  // After the last of them; checks the end of the body.
  absl::Status Finish();

  bool quarantined() const { return quarantined_; }
  void Apply(Envelope& envelope, HeldMessage& message) &&;

 private:
  absl::Status ChangeHeader(const Reply& reply);
  absl::Status ReplaceBody(absl::string_view octets);
  absl::Status ChangeRecipients(const Reply& reply);

  const HeldMessage& message_;
  const uint32_t capabilities_;
  const uint64_t largest_body_;
  Envelope envelope_;
  HeaderEditor header_;
  std::optional<Spool> body_;
  smtp::LineChecker lines_;
  bool quarantined_ = false;
  int count_ = 0;
};

}  // namespace posthorn::filter::milter
