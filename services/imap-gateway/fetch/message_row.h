#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/response/email_id.h"
#include "imap-gateway/session/features.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::imap {

// The columns of one message as they came; the views point into the block they came in.
struct MessageRow {
  std::uint32_t number = 0;  // sequence number
  std::uint32_t uid = 0;
  std::uint32_t flags = 0;
  std::uint64_t keywords = 0;
  std::uint64_t modseq = 0;
  bool recent = false;
  std::int64_t internal_date = 0;
  std::uint64_t size = 0;
  std::int64_t save_date = 0;
  EmailId email_id;
  std::optional<absl::string_view> preview;
  absl::string_view envelope;       // serialized
  absl::string_view envelope_text;  // as clients are told it; if empty, `envelope` has it
  absl::string_view structure;      // serialized
};

// Row `i` of a block, without number and recent.
MessageRow RowOf(const v1::FetchMetadataBlock& block, int i);

// As clients are told it: of a serialized v1::Envelope.
std::string EnvelopeText(absl::string_view envelope);

// Writes columns of messages. Keeps what it parses into, so that a row costs no allocation.
class RowWriter {
 public:
  // Both outlive the writer.
  RowWriter(const Features& features, std::span<const std::string> keywords)
      : features_(features), keywords_(keywords) {}

  // "* 5 FETCH (UID 7 FLAGS (\Seen)", without the closing parenthesis. `flags_too`: the command
  // changed the flags, so that they are told even where the plan has none. True if anything was
  // written behind the parenthesis.
  bool AppendColumns(std::string& out, const FetchPlan& plan, const MessageRow& row,
                     bool flags_too);

 private:
  void AppendItem(std::string& out, const FetchItem& item, const MessageRow& row);

  const Features& features_;
  std::span<const std::string> keywords_;
  v1::Envelope envelope_;
  v1::BodyStructure structure_;
};

}  // namespace posthorn::imap
