#include "mail/delivery_report.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "mail/content_fields.h"
#include "mail/delivery_status.h"
#include "mail/header.h"
#include "mail/report_text.h"
#include "mail/transfer_encoder.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxOriginalHeader = 64 << 10;

// What the report says of each action, in the order of ReportAction.
struct ActionText {
  absl::string_view subject;
  absl::string_view introduction;
};
constexpr std::array<ActionText, 5> kActions = {{
    {"Mail could not be delivered",
     "Your message could not be delivered to the recipients below. It will not be tried again."},
    {"Mail is delayed",
     "Your message has not been delivered to the recipients below yet. It will be tried again; you "
     "need not send it once more."},
    {"Mail was delivered", "Your message was delivered to the recipients below."},
    {"Mail was passed on",
     "Your message was passed on to mail systems that do not confirm delivery, for the recipients "
     "below."},
    {"Mail was delivered",
     "Your message was delivered to lists, which pass it on to their members."},
}};

const ActionText& TextOf(ReportAction action) { return kActions[static_cast<size_t>(action)]; }

// Nobody who does not know the Message-ID beforehand can write it into a message.
std::string BoundaryOf(absl::string_view message_id) {
  std::string digest(32, '\0');
  if (EVP_Digest(message_id.data(), message_id.size(),
                 reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
                 nullptr) != 1) {
    std::fprintf(stderr, "posthorn: OpenSSL failed: SHA-256\n");
    std::abort();
  }
  // RFC 2045 6.7: "=_" stands in no encoded body.
  return absl::StrCat("=_", absl::BytesToHexString(absl::string_view(digest).substr(0, 16)));
}

absl::string_view EncodingName(ContentKind kind) {
  constexpr std::array<absl::string_view, 3> kNames = {"7bit", "8bit", "binary"};
  return kNames[static_cast<size_t>(kind)];
}

class ReportComposer {
 public:
  explicit ReportComposer(const DeliveryReport& report)
      : report_(report), boundary_(BoundaryOf(report.message_id)) {}

  ComposedReport Compose() {
    const std::string returned = ReturnedPart();
    std::string head;
    AppendHeader(&head);
    OpenPart(&head);
    AppendText(&head);
    OpenPart(&head);
    AppendStatus(&head);
    OpenPart(&head);
    absl::StrAppend(&head, returned);
    return {.head = std::move(head), .tail = absl::StrCat("\r\n--", boundary_, "--\r\n")};
  }

 private:
  std::string Clean(absl::string_view text) const {
    return CleanReportText(text, report_.utf8, kMaxReportValue);
  }
  void Field(absl::string_view name, absl::string_view value, bool fold, std::string* out) const {
    AppendReportField(name, value, fold, out);
  }
  // Every part's body ends with a line end of its own; the one before the boundary is the
  // boundary's.
  void OpenPart(std::string* out) const { absl::StrAppend(out, "\r\n--", boundary_, "\r\n"); }

  ContentKind TextKind() const { return report_.utf8 ? ContentKind::k8Bit : ContentKind::k7Bit; }

  void AppendHeader(std::string* out) const {
    ReportAction worst = ReportAction::kExpanded;
    for (const ReportRecipient& recipient : report_.recipients) {
      worst = std::min(worst, recipient.action);
    }
    Field("From", absl::StrCat("Mail Delivery System <", Clean(report_.from), ">"), false, out);
    Field("To", absl::StrCat("<", Clean(report_.to), ">"), false, out);
    Field("Subject", TextOf(worst).subject, false, out);
    Field("Date", FormatDate(report_.date), false, out);
    Field("Message-ID", absl::StrCat("<", Clean(report_.message_id), ">"), false, out);
    AppendReferences(out);
    // RFC 3834 5.2
    Field("Auto-Submitted", "auto-replied", false, out);
    Field("MIME-Version", "1.0", false, out);
    absl::StrAppend(out, "Content-Type: multipart/report; report-type=delivery-status;\r\n",
                    " boundary=\"", boundary_, "\"\r\n");
    Field("Content-Transfer-Encoding", EncodingName(std::max(TextKind(), returned_kind_)), false,
          out);
  }

  // RFC 3834 3.1.5
  void AppendReferences(std::string* out) const {
    const std::optional<HeaderField> field = FindField(report_.original_header, "Message-ID");
    if (!field.has_value()) {
      return;
    }
    const std::vector<std::string> ids = ParseMessageIds(field->value, 1);
    if (!ids.empty() && ids[0].size() <= kMaxReportValue && ids[0] == Clean(ids[0])) {
      Field("In-Reply-To", ids[0], false, out);
      Field("References", ids[0], false, out);
    }
  }

  void AppendText(std::string* out) const {
    absl::StrAppend(out, "Content-Type: text/plain; charset=", report_.utf8 ? "utf-8" : "us-ascii",
                    "\r\nContent-Transfer-Encoding: ", EncodingName(TextKind()), "\r\n\r\n");
    AppendReportLines(
        absl::StrCat("This is the mail system at ", Clean(report_.reporting_mta), "."), "", out);
    for (size_t action = 0; action < kActions.size(); ++action) {
      AppendTextOf(static_cast<ReportAction>(action), out);
    }
  }

  void AppendTextOf(ReportAction action, std::string* out) const {
    bool introduced = false;
    for (const ReportRecipient& recipient : report_.recipients) {
      if (recipient.action != action) {
        continue;
      }
      if (!introduced) {
        absl::StrAppend(out, "\r\n");
        AppendReportLines(TextOf(action).introduction, "", out);
        introduced = true;
      }
      absl::StrAppend(out, "\r\n");
      AppendReportLines(absl::StrCat("<", Clean(recipient.final_recipient), ">"), "  ", out);
      if (!recipient.diagnostic.empty()) {
        const bool said = recipient.remote_reply && !recipient.remote_mta.empty();
        AppendReportLines(absl::StrCat(said ? Clean(recipient.remote_mta) : "",
                                       said ? " said: " : "", Clean(recipient.diagnostic)),
                          "    ", out);
      }
      if (action == ReportAction::kDelayed && recipient.will_retry_until != 0) {
        AppendReportLines(
            absl::StrCat("It is tried until ",
                         FormatDate({.unix_seconds = recipient.will_retry_until}), "."),
            "    ", out);
      }
    }
  }

  void AppendStatus(std::string* out) const {
    absl::StrAppend(out, "Content-Type: message/",
                    report_.utf8 ? "global-delivery-status" : "delivery-status",
                    "\r\nContent-Transfer-Encoding: ", EncodingName(TextKind()), "\r\n\r\n",
                    ComposeDeliveryStatus(report_));
  }

  // The header of the third part and, unless the caller puts the message in, its body.
  std::string ReturnedPart() {
    if (report_.returned == ReturnedContent::kWhole) {
      returned_kind_ = std::max(TextKind(), report_.original_content);
      return absl::StrCat("Content-Type: message/", report_.utf8 ? "global" : "rfc822",
                          "\r\nContent-Transfer-Encoding: ", EncodingName(returned_kind_),
                          "\r\n\r\n");
    }
    const absl::string_view header = OriginalHeader();
    ContentNeedsScanner scanner;
    scanner.Feed("\r\n");
    scanner.Feed(header);
    const ContentKind kind = scanner.Finish().body;
    // 8-bit text of no known charset, and lines that are none, do not go out as they came.
    const bool encoded = kind > TextKind();
    returned_kind_ = encoded ? ContentKind::k7Bit : kind;
    std::string out = absl::StrCat(
        "Content-Type: ", report_.utf8 ? "message/global-headers" : "text/rfc822-headers",
        "\r\nContent-Transfer-Encoding: ",
        encoded ? "quoted-printable" : EncodingName(returned_kind_), "\r\n\r\n");
    if (encoded) {
      TransferEncoder encoder(TransferEncoding::kQuotedPrintable);
      encoder.Feed(header, &out);
      encoder.Finish(/*end_line=*/true, &out);
    } else {
      absl::StrAppend(&out, header);
    }
    return out;
  }

  // Whole fields, without the empty line.
  absl::string_view OriginalHeader() const {
    size_t end = 0;
    HeaderReader reader(report_.original_header);
    while (const std::optional<HeaderField> field = reader.Next()) {
      if (field->offset + field->size > kMaxOriginalHeader) {
        break;
      }
      end = field->offset + field->size;
    }
    return report_.original_header.substr(0, end);
  }

  const DeliveryReport& report_;
  const std::string boundary_;
  ContentKind returned_kind_ = ContentKind::k7Bit;
};

}  // namespace

ComposedReport ComposeDeliveryReport(const DeliveryReport& report) {
  return ReportComposer(report).Compose();
}

}  // namespace posthorn::mail
