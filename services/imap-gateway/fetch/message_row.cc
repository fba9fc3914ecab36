#include "imap-gateway/fetch/message_row.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/date_time.h"
#include "imap-gateway/response/body_structure.h"
#include "imap-gateway/response/envelope.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/response/flags_text.h"
#include "imap-gateway/response/strings.h"

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
  row.modseq = block.flags().modseqs(i);
  if (i < block.internal_dates_size()) {
    row.internal_date = block.internal_dates(i);
  }
  if (i < block.sizes_size()) {
    row.size = block.sizes(i);
  }
  if (i < block.save_dates_size()) {
    row.save_date = block.save_dates(i);
  }
  if (i < block.content_ids_size()) {
    row.email_id = {block.content_account(), block.content_ids(i)};
  }
  if (i < block.previews_size() && block.previews(i).has_text()) {
    row.preview = block.previews(i).text();
  }
  if (i < block.envelopes_size()) {
    row.envelope = block.envelopes(i);
  }
  if (i < block.body_structures_size()) {
    row.structure = block.body_structures(i);
  }
  return row;
}

std::string EnvelopeText(absl::string_view envelope) {
  v1::Envelope parsed;
  Parse(parsed, envelope);
  std::string text;
  AppendEnvelope(text, parsed);
  return text;
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
      out.append("ENVELOPE ");
      if (row.envelope_text.empty()) {
        Parse(envelope_, row.envelope);
        AppendEnvelope(out, envelope_);
      } else {
        absl::StrAppend(&out, row.envelope_text);
      }
      return;
    case Kind::kBody:
      Parse(structure_, row.structure);
      out.append("BODY ");
      AppendBodyStructure(out, structure_, false, features_.imap4rev2);
      return;
    case Kind::kBodyStructure:
      Parse(structure_, row.structure);
      out.append("BODYSTRUCTURE ");
      AppendBodyStructure(out, structure_, true, features_.imap4rev2);
      return;
    case Kind::kModSeq:
      absl::StrAppend(&out, "MODSEQ (", row.modseq, ")");
      return;
    case Kind::kPreview:
      out.append("PREVIEW ");
      AppendNstring(out, row.preview);
      return;
    case Kind::kSaveDate:
      absl::StrAppend(&out, "SAVEDATE ", FormatDateTime({row.save_date, 0}));
      return;
    case Kind::kEmailId:
      absl::StrAppend(&out, "EMAILID (", FormatEmailId(row.email_id), ")");
      return;
    case Kind::kThreadId:
      // RFC 8474 5.2: NIL, where the server does not keep threads.
      out.append("THREADID NIL");
      return;
    default:
      return;
  }
}

bool RowWriter::AppendColumns(std::string& out, const FetchPlan& plan, const MessageRow& row,
                              bool flags_too) {
  AppendFetchHead(out, features_, row.number, row.uid);
  bool first = true;
  const auto append = [&](const FetchItem& item) {
    if (!first) {
      out.push_back(' ');
    }
    first = false;
    AppendItem(out, item, row);
  };
  const auto append_kind = [&](Kind kind) {
    FetchItem item;
    item.kind = kind;
    append(item);
  };
  for (const FetchItem& item : plan.columns) {
    append(item);
  }
  if (flags_too && !plan.answers_flags) {
    append_kind(Kind::kFlags);
  }
  // RFC 7162 3.2.4: where flags changed UID and MODSEQ are told too.
  if (flags_too && features_.condstore && !features_.uid_only && !plan.answers_uid) {
    append_kind(Kind::kUid);
  }
  if (flags_too && features_.condstore && !plan.answers_modseq) {
    append_kind(Kind::kModSeq);
  }
  return !first;
}

}  // namespace posthorn::imap
