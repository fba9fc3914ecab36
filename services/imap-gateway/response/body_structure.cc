#include "imap-gateway/response/body_structure.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/response/envelope.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

using Parameters = google::protobuf::RepeatedPtrField<v1::Parameter>;

bool IsMultipart(const v1::BodyPart& part) {
  return absl::EqualsIgnoreCase(part.type(), "MULTIPART");
}
// RFC 3501 9: media-message is MESSAGE RFC822 alone, and message/global a basic type. RFC 9051 9:
// it is both.
bool IsMessage(const v1::BodyPart& part, bool rev2) {
  return absl::EqualsIgnoreCase(part.type(), "MESSAGE") &&
         (absl::EqualsIgnoreCase(part.subtype(), "RFC822") ||
          (rev2 && absl::EqualsIgnoreCase(part.subtype(), "GLOBAL")));
}

void AppendParameters(std::string& out, const Parameters& parameters) {
  out.push_back(' ');
  if (parameters.empty()) {
    out.append("NIL");
    return;
  }
  char before = '(';
  for (const v1::Parameter& parameter : parameters) {
    out.push_back(before);
    AppendString(out, parameter.name());
    out.push_back(' ');
    AppendString(out, parameter.value());
    before = ' ';
  }
  out.push_back(')');
}

void AppendOptional(std::string& out, bool present, const std::string& value) {
  out.push_back(' ');
  if (present) {
    AppendString(out, value);
  } else {
    out.append("NIL");
  }
}

void AppendDisposition(std::string& out, const v1::BodyPart& part) {
  out.push_back(' ');
  if (!part.has_disposition()) {
    out.append("NIL");
    return;
  }
  out.push_back('(');
  AppendString(out, part.disposition());
  AppendParameters(out, part.disposition_parameters());
  out.push_back(')');
}

void AppendLanguages(std::string& out, const v1::BodyPart& part) {
  out.push_back(' ');
  if (part.languages().empty()) {
    out.append("NIL");
    return;
  }
  char before = '(';
  for (const std::string& language : part.languages()) {
    out.push_back(before);
    AppendString(out, language);
    before = ' ';
  }
  out.push_back(')');
}

// RFC 3501 9: body-ext-1part after its first element, body-ext-mpart after the parameters.
void AppendExtension(std::string& out, const v1::BodyPart& part) {
  AppendDisposition(out, part);
  AppendLanguages(out, part);
  AppendOptional(out, part.has_location(), part.location());
}

// body-type-basic's fields, up to the octets.
void AppendLeafFields(std::string& out, const v1::BodyPart& part) {
  AppendString(out, part.type().empty() ? "TEXT" : part.type());
  out.push_back(' ');
  AppendString(out, part.subtype().empty() ? "PLAIN" : part.subtype());
  AppendParameters(out, part.parameters());
  AppendOptional(out, part.has_content_id(), part.content_id());
  AppendOptional(out, part.has_description(), part.description());
  out.push_back(' ');
  AppendString(out, part.encoding().empty() ? "7BIT" : part.encoding());
  absl::StrAppend(&out, " ", part.body_size());
}

constexpr absl::string_view kEmptyText = R"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0))";

class StructureWriter {
 public:
  StructureWriter(std::string& out, const v1::BodyStructure& structure, bool extended, bool rev2)
      : out_(out), structure_(structure), extended_(extended), rev2_(rev2) {}

  void Write() {
    for (const v1::BodyPart& part : structure_.parts()) {
      if (done_) {
        break;
      }
      if (hidden_ > 0) {
        hidden_ += part.children();
        --hidden_;
        continue;
      }
      Open(part);
      CloseFinished();
    }
    // A list that ends early: its open parts are finished as they stand.
    while (!open_.empty()) {
      Close();
    }
  }

 private:
  struct Pending {
    const v1::BodyPart* part;
    std::uint32_t expected;
    std::uint32_t written = 0;
  };

  void Open(const v1::BodyPart& part) {
    if (!open_.empty()) {
      ++open_.back().written;
    }
    out_.push_back('(');
    std::uint32_t children = 0;
    if (IsMultipart(part)) {
      children = part.children();
    } else {
      AppendLeafFields(out_, part);
      if (IsMessage(part, rev2_)) {
        out_.push_back(' ');
        AppendEnvelope(out_, part.envelope());
        out_.push_back(' ');
        children = part.children() > 0 ? 1 : 0;
      } else {
        hidden_ = part.children();
      }
    }
    open_.push_back({&part, children});
  }

  void CloseFinished() {
    while (!open_.empty() && open_.back().written >= open_.back().expected) {
      Close();
    }
    done_ = open_.empty();
  }

  void Close() {
    const Pending pending = open_.back();
    open_.pop_back();
    const v1::BodyPart& part = *pending.part;
    if (pending.written == 0 && (IsMultipart(part) || IsMessage(part, rev2_))) {
      absl::StrAppend(&out_, kEmptyText);
    }
    if (IsMultipart(part)) {
      out_.push_back(' ');
      AppendString(out_, part.subtype().empty() ? "MIXED" : part.subtype());
      if (extended_) {
        AppendParameters(out_, part.parameters());
        AppendExtension(out_, part);
      }
    } else {
      if (IsMessage(part, rev2_) || absl::EqualsIgnoreCase(part.type(), "TEXT") ||
          part.type().empty()) {
        absl::StrAppend(&out_, " ", part.body_lines());
      }
      if (extended_) {
        AppendOptional(out_, part.has_md5(), part.md5());
        AppendExtension(out_, part);
      }
    }
    out_.push_back(')');
  }

  std::string& out_;
  const v1::BodyStructure& structure_;
  const bool extended_;
  const bool rev2_;
  bool done_ = false;
  std::uint64_t hidden_ = 0;  // parts to come that are in one that is shown as basic
  std::vector<Pending> open_;
};

}  // namespace

void AppendBodyStructure(std::string& out, const v1::BodyStructure& structure, bool extended,
                         bool rev2) {
  if (structure.parts().empty()) {
    absl::StrAppend(&out, kEmptyText);
    return;
  }
  StructureWriter(out, structure, extended, rev2).Write();
}

}  // namespace posthorn::imap
