// What the MIME scanner learns about a message: the value that is stored with it.
//
// All strings are raw octets as received (8-bit text and RFC 2047 encoded words are not decoded,
// RFC 2231 parameters keep their name*n*= form), after removing folding, quoting and comments.
// They may hold any octet, NUL included: whoever writes them out chooses the quoting.
// All offsets count octets from the start of the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mail/address.h"
#include "mail/date.h"

namespace posthorn::mail {

// RFC 3501 7.4.2 "ENVELOPE". A string is absent when the header has no such field, and empty when
// the field is there without text.
struct Envelope {
  std::optional<std::string> date;     // as written
  std::optional<std::string> subject;  // as written
  AddressList from;
  AddressList sender;    // defaults to `from`, RFC 3501 7.4.2
  AddressList reply_to;  // defaults to `from`, RFC 3501 7.4.2
  AddressList to;
  AddressList cc;
  AddressList bcc;
  std::optional<std::string> in_reply_to;
  std::optional<std::string> message_id;
};

struct Parameter {
  std::string name;
  std::string value;
};

struct Disposition {
  std::string type;
  std::vector<Parameter> params;
};

// One body part. Parts stand in one flat list in pre-order: a part is followed by its children,
// each with its own descendants; the first part is the message itself.
//
//   multipart/*                      one child or more (one empty text/plain part is made up, of
//                                    zero size and without a header, where a message has none)
//   message/rfc822, message/global   exactly one child: the embedded message. Its header is the
//                                    embedded message's header, so child.header_offset equals
//                                    this part's body_offset. `envelope` is set.
//   anything else                    no child
//
// Whether a part is one of the first two kinds is told by IsMultipart() and IsMessage(), never by
// comparing the type: a part whose structure cannot be kept is renamed (see mime_scanner.h).
struct Part {
  uint32_t child_count = 0;  // direct children

  std::string type = "text";  // as received, any case; never empty
  std::string subtype = "plain";
  std::vector<Parameter> params;
  std::optional<std::string> content_id;
  std::optional<std::string> description;
  std::string encoding = "7BIT";  // as received; never empty
  std::optional<std::string> md5;
  std::optional<Disposition> disposition;
  std::vector<std::string> language;
  std::optional<std::string> location;

  uint64_t header_offset = 0;
  uint64_t header_size = 0;  // with the blank line that ends it, if there is one
  uint64_t body_offset = 0;  // == header_offset + header_size
  uint64_t body_size = 0;    // octets as transferred (still encoded)
  uint64_t lines = 0;        // line feeds within the body; kept for every part

  std::optional<Envelope> envelope;  // of the embedded message

  bool IsText() const;
  bool IsMultipart() const;
  bool IsMessage() const { return envelope.has_value(); }
  // The value of a parameter by its name in any case, or nullptr.
  const std::string* FindParam(absl::string_view name) const;
};

struct MessageStructure {
  uint64_t size = 0;
  uint64_t header_size = 0;  // == parts[0].header_size
  std::vector<Part> parts;   // never empty
  Envelope envelope;
  std::optional<Date> date;  // of the Date field, where it can be read
  std::vector<std::string>
      references;  // message ids of References, "<...>" with brackets, in order

  // The index in `parts` after the last descendant of part `index`.
  size_t EndOfSubtree(size_t index) const;
};

}  // namespace posthorn::mail
