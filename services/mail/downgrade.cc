#include "mail/downgrade.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mail/header.h"
#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

constexpr absl::string_view kEncodingField = "Content-Transfer-Encoding";

absl::string_view EncodingName(TransferEncoding encoding) {
  switch (encoding) {
    case TransferEncoding::kBase64:
      return "base64";
    case TransferEncoding::kQuotedPrintable:
      return "quoted-printable";
    default:
      return "7bit";
  }
}

// The header with its Content-Transfer-Encoding changed, or added if the body is encoded.
std::string WithEncoding(absl::string_view header, const DowngradeRegion& region) {
  std::string out;
  size_t end = 0;
  bool written = false;
  HeaderReader reader(header);
  while (const std::optional<HeaderField> field = reader.Next()) {
    end = field->offset + field->size;
    if (!field->Is(kEncodingField)) {
      absl::StrAppend(&out, header.substr(field->offset, field->size));
    } else if (!std::exchange(written, true)) {
      absl::StrAppend(&out, kEncodingField, ": ", EncodingName(region.to), "\r\n");
    }
  }
  if (region.to != TransferEncoding::kIdentity) {
    if (region.kind == DowngradeRegion::Kind::kMessageHeader) {
      // RFC 2045 4: without it no other field counts.
      if (!FindField(header, "MIME-Version").has_value()) {
        absl::StrAppend(&out, "MIME-Version: 1.0\r\n");
      }
      // RFC 1428 3: text in a charset that nobody named.
      if (!FindField(header, "Content-Type").has_value()) {
        absl::StrAppend(&out, "Content-Type: text/plain; charset=unknown-8bit\r\n");
      }
    }
    if (!written) {
      absl::StrAppend(&out, kEncodingField, ": ", EncodingName(region.to), "\r\n");
    }
  }
  absl::StrAppend(&out, header.substr(end));
  return out;
}

absl::Status NotTheSame() {
  return absl::DataLossError("the message is not the one that was scanned");
}

}  // namespace

Downgrader::Downgrader(DowngradePlan plan)
    : plan_(std::move(plan)),
      decoder_(TransferEncoding::kIdentity),
      encoder_(TransferEncoding::kBase64) {}

// What is no body of a part, or one that needs no change: line ends become CRLF, and what still
// stands there that 7 bits cannot carry (it is text that nobody is shown) becomes "?".
void Downgrader::Copy(absl::string_view octets, std::string* out) {
  for (const char c : octets) {
    if (cr_ && c != '\n') {
      out->push_back('?');
    }
    cr_ = c == '\r';
    if (c == '\n') {
      out->append("\r\n");
    } else if (!cr_) {
      out->push_back(static_cast<unsigned char>(c) > 127 || c == '\0' ? '?' : c);
    }
  }
}

void Downgrader::EndCopy(std::string* out) {
  if (std::exchange(cr_, false)) {
    out->push_back('?');
  }
}

void Downgrader::StartRegion(const DowngradeRegion& region, std::string* out) {
  EndCopy(out);
  header_.clear();
  decoder_ = TransferDecoder(region.from);
  encoder_ = TransferEncoder(region.to);
}

absl::Status Downgrader::EndRegion(const DowngradeRegion& region, std::string* out) {
  if (region.kind != DowngradeRegion::Kind::kBody) {
    if (AsciiPrefix(header_) < header_.size()) {
      return absl::FailedPreconditionError("a header has 8-bit octets");
    }
    const bool kept = region.kind == DowngradeRegion::Kind::kKeptHeader;
    Copy(kept ? header_ : WithEncoding(header_, region), out);
    return absl::OkStatus();
  }
  decoded_.clear();
  decoder_.Finish(&decoded_);
  encoder_.Feed(decoded_, out);
  // Before a boundary stands a line end already.
  encoder_.Finish(/*end_line=*/region.offset + region.size == plan_.size, out);
  return absl::OkStatus();
}

absl::Status Downgrader::Feed(absl::string_view frame, std::string* out) {
  if (frame.size() > plan_.size - offset_) {
    return NotTheSame();
  }
  while (!frame.empty()) {
    if (next_ == plan_.regions.size() || offset_ < plan_.regions[next_].offset) {
      const uint64_t end = next_ == plan_.regions.size() ? plan_.size : plan_.regions[next_].offset;
      const absl::string_view octets = frame.substr(0, end - offset_);
      Copy(octets, out);
      offset_ += octets.size();
      frame.remove_prefix(octets.size());
      continue;
    }
    const DowngradeRegion& region = plan_.regions[next_];
    if (offset_ == region.offset) {
      StartRegion(region, out);
    }
    const absl::string_view octets = frame.substr(0, region.offset + region.size - offset_);
    if (region.kind == DowngradeRegion::Kind::kBody) {
      decoded_.clear();
      decoder_.Feed(octets, &decoded_);
      encoder_.Feed(decoded_, out);
    } else {
      absl::StrAppend(&header_, octets);
    }
    offset_ += octets.size();
    frame.remove_prefix(octets.size());
    if (offset_ == region.offset + region.size) {
      absl::Status status = EndRegion(region, out);
      if (!status.ok()) {
        return status;
      }
      ++next_;
    }
  }
  return absl::OkStatus();
}

absl::Status Downgrader::Finish(std::string* out) {
  EndCopy(out);
  return offset_ == plan_.size ? absl::OkStatus() : NotTheSame();
}

absl::StatusOr<std::string> DowngradeMessage(absl::string_view message) {
  DowngradeScan scan;
  scan.Feed(message);
  absl::StatusOr<DowngradePlan> plan = scan.Finish();
  if (!plan.ok()) {
    return plan.status();
  }
  Downgrader downgrader(*std::move(plan));
  std::string out;
  absl::Status status = downgrader.Feed(message, &out);
  status.Update(downgrader.Finish(&out));
  if (!status.ok()) {
    return status;
  }
  return out;
}

}  // namespace posthorn::mail
