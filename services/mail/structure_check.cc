#include "mail/structure_check.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::mail {
namespace {

std::string Dump(const std::optional<std::string>& text) {
  return text.has_value() ? absl::StrCat("\"", absl::CHexEscape(*text), "\"") : "NIL";
}

std::string Dump(const AddressList& list) {
  std::string out = "(";
  for (const Address& address : list) {
    absl::StrAppend(&out, "(", static_cast<int>(address.kind), " ", Dump(address.name), " ",
                    Dump(address.route), " ", Dump(address.mailbox), " ", Dump(address.host), ")");
  }
  return out + ")";
}

std::string Dump(const std::vector<Parameter>& params) {
  std::string out = "(";
  for (const Parameter& param : params) {
    absl::StrAppend(&out, " ", Dump(param.name), " ", Dump(param.value));
  }
  return out + ")";
}

std::string Dump(const Envelope& envelope) {
  return absl::StrCat("(", Dump(envelope.date), " ", Dump(envelope.subject), " ",
                      Dump(envelope.from), Dump(envelope.sender), Dump(envelope.reply_to),
                      Dump(envelope.to), Dump(envelope.cc), Dump(envelope.bcc)) +
         absl::StrCat(Dump(envelope.in_reply_to), " ", Dump(envelope.message_id), ")");
}

std::string CheckAddresses(const AddressList& list) {
  bool in_group = false;
  for (const Address& address : list) {
    if (address.kind == Address::Kind::kGroupStart) {
      if (in_group) {
        return "groups nest";
      }
      in_group = true;
    } else if (address.kind == Address::Kind::kGroupEnd) {
      if (!in_group) {
        return "a group ends that has not begun";
      }
      in_group = false;
    }
  }
  return in_group ? "a group does not end" : "";
}

std::string CheckEnvelope(const Envelope& envelope, const ScanLimits& limits) {
  for (const AddressList* list : {&envelope.from, &envelope.sender, &envelope.reply_to,
                                  &envelope.to, &envelope.cc, &envelope.bcc}) {
    if (std::string error = CheckAddresses(*list); !error.empty()) {
      return error;
    }
    if (list->size() > limits.max_addresses + 1) {
      return "too many addresses";
    }
  }
  return "";
}

std::string CheckPart(const Part& part, absl::string_view message, const ScanLimits& limits) {
  if (part.header_offset + part.header_size != part.body_offset) {
    return "the body does not follow the header";
  }
  if (part.body_offset + part.body_size > message.size()) {
    return "the body ends behind the message";
  }
  const absl::string_view body = message.substr(part.body_offset, part.body_size);
  if (static_cast<uint64_t>(std::count(body.begin(), body.end(), '\n')) != part.lines) {
    return "lines are miscounted";
  }
  if (part.type.empty() || part.subtype.empty() || part.encoding.empty()) {
    return "type or encoding is empty";
  }
  if (part.IsMessage() ? part.child_count != 1 : part.IsMultipart() != (part.child_count > 0)) {
    return "child count does not fit the type";
  }
  if (part.params.size() > limits.max_params ||
      (part.disposition.has_value() && part.disposition->params.size() > limits.max_params)) {
    return "too many parameters";
  }
  const bool typed_message = absl::EqualsIgnoreCase(part.type, "message") &&
                             (absl::EqualsIgnoreCase(part.subtype, "rfc822") ||
                              absl::EqualsIgnoreCase(part.subtype, "global"));
  if (typed_message != part.IsMessage()) {
    return "an envelope is missing or out of place";
  }
  return part.envelope.has_value() ? CheckEnvelope(*part.envelope, limits) : "";
}

struct Ancestor {
  const Part* part;
  uint32_t children_left;
  uint64_t next;  // where its next child may begin
};

// That children stand inside the body of their parent, in order.
std::string CheckNesting(const std::vector<Part>& parts, const ScanLimits& limits) {
  std::vector<Ancestor> ancestors;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    const uint64_t end = part.body_offset + part.body_size;
    if (i > 0) {
      if (ancestors.empty()) {
        return "more parts than child counts";
      }
      Ancestor& parent = ancestors.back();
      if (part.header_offset < parent.next) {
        return "a part begins before its sibling's end or its parent's body";
      }
      if (end > parent.part->body_offset + parent.part->body_size) {
        return "a part ends behind its parent";
      }
      if (parent.part->IsMessage() && part.header_offset != parent.part->body_offset) {
        return "an embedded message does not begin with its part";
      }
      if (parent.part->IsMessage() && end != parent.part->body_offset + parent.part->body_size) {
        return "an embedded message does not end with its part";
      }
      parent.next = end;
      --parent.children_left;
    }
    ancestors.push_back({&part, part.child_count, part.body_offset});
    if (ancestors.size() > limits.max_depth) {
      return "too deep";
    }
    while (!ancestors.empty() && ancestors.back().children_left == 0) {
      ancestors.pop_back();
    }
  }
  return ancestors.empty() ? "" : "fewer parts than child counts";
}

}  // namespace

std::string CheckStructure(const MessageStructure& structure, absl::string_view message,
                           const ScanLimits& limits) {
  const std::vector<Part>& parts = structure.parts;
  if (parts.empty() || parts.size() > limits.max_parts) {
    return absl::StrCat("there are ", parts.size(), " parts");
  }
  if (structure.size != message.size() || parts[0].header_offset != 0 ||
      parts[0].header_size != structure.header_size ||
      parts[0].header_size + parts[0].body_size != message.size()) {
    return "the first part is not the message";
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (std::string error = CheckPart(parts[i], message, limits); !error.empty()) {
      return absl::StrCat("part ", i, ": ", error);
    }
  }
  if (structure.EndOfSubtree(0) != parts.size()) {
    return "EndOfSubtree(0) is not the end";
  }
  if (std::string error = CheckEnvelope(structure.envelope, limits); !error.empty()) {
    return error;
  }
  return CheckNesting(parts, limits);
}

std::string DumpStructure(const MessageStructure& structure) {
  std::string out = absl::StrCat(structure.size, " ", structure.header_size, " ",
                                 structure.date.has_value() ? structure.date->unix_seconds : -1,
                                 Dump(structure.envelope), "\n");
  for (const std::string& id : structure.references) {
    absl::StrAppend(&out, Dump(id), " ");
  }
  for (const Part& part : structure.parts) {
    absl::StrAppend(&out, "\n", part.child_count, " ", Dump(part.type), "/", Dump(part.subtype),
                    Dump(part.params), Dump(part.content_id), Dump(part.description));
    absl::StrAppend(&out, Dump(part.encoding), Dump(part.md5), Dump(part.location), " ",
                    part.header_offset, "+", part.header_size, " ");
    absl::StrAppend(&out, part.body_offset, "+", part.body_size, " ", part.lines, " lines");
    if (part.disposition.has_value()) {
      absl::StrAppend(&out, Dump(part.disposition->type), Dump(part.disposition->params));
    }
    for (const std::string& language : part.language) {
      absl::StrAppend(&out, " ", Dump(language));
    }
    if (part.envelope.has_value()) {
      absl::StrAppend(&out, Dump(*part.envelope));
    }
  }
  return out;
}

}  // namespace posthorn::mail
