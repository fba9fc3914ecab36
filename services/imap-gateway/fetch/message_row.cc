#include "imap-gateway/fetch/message_row.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/date_time.h"
#include "imap-gateway/response/body_structure.h"
#include "imap-gateway/response/envelope.h"
#include "imap-gateway/response/flags_text.h"

namespace posthorn::imap {
namespace {

using Kind = FetchItem::Kind;

template <typename Message>
void Parse(Message& message, absl::string_view octets) {
  // What does not parse is answered like a message that has none of it.
  if (!message.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    message.Clear();
  }
}

}  // namespace

MessageRow RowOf(const v1::FetchMetadataBlock& block, int i) {
  MessageRow row;
  row.uid = block.flags().uids(i);
  row.flags = block.flags().flags(i);
  row.keywords = block.flags().keywords(i);
  if (i < block.internal_dates_size()) {
    row.internal_date = block.internal_dates(i);
  }
  if (i < block.sizes_size()) {
    row.size = block.sizes(i);
  }
  if (i < block.envelopes_size()) {
    row.envelope = block.envelopes(i);
  }
  if (i < block.body_structures_size()) {
    row.structure = block.body_structures(i);
  }
  return row;
}

void RowWriter::AppendItem(std::string& out, const FetchItem& item, const MessageRow& row) {
  switch (item.kind) {
    case Kind::kUid:
      absl::StrAppend(&out, "UID ", row.uid);
      return;
    case Kind::kFlags:
      out.append("FLAGS ");
      AppendFlags(out, row.flags, row.keywords, keywords_, row.recent);
      return;
    case Kind::kInternalDate:
      absl::StrAppend(&out, "INTERNALDATE ", FormatDateTime({row.internal_date, 0}));
      return;
    case Kind::kSize:
      absl::StrAppend(&out, "RFC822.SIZE ", row.size);
      return;
    case Kind::kEnvelope:
      Parse(envelope_, row.envelope);
      out.append("ENVELOPE ");
      AppendEnvelope(out, envelope_);
      return;
    case Kind::kBody:
      Parse(structure_, row.structure);
      out.append("BODY ");
      AppendBodyStructure(out, structure_, false);
      return;
    case Kind::kBodyStructure:
      Parse(structure_, row.structure);
      out.append("BODYSTRUCTURE ");
      AppendBodyStructure(out, structure_, true);
      return;
    default:
      return;
  }
}

bool RowWriter::AppendColumns(std::string& out, const FetchPlan& plan, const MessageRow& row,
                              bool flags_too) {
  absl::StrAppend(&out, "* ", row.number, " FETCH (");
  bool first = true;
  const auto append = [&](const FetchItem& item) {
    if (!first) {
      out.push_back(' ');
    }
    first = false;
    AppendItem(out, item, row);
  };
  for (const FetchItem& item : plan.columns) {
    append(item);
  }
  if (flags_too && !plan.answers_flags) {
    append(FetchItem{});
  }
  return !first;
}

}  // namespace posthorn::imap
