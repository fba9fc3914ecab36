#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "imap-gateway/parser/date_time.h"
#include "imap-gateway/parser/flags.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// What a literal of a command is.
enum class LiteralRole {
  kText,     // a part of the command, to be read with it
  kMessage,  // octets of a message, to be streamed
  kInvalid,  // stands where there can be none: not worth its octets
};

// A text that ends in the head of a literal and its CRLF, without these.
absl::string_view WithoutTrailingHead(absl::string_view text);

// Reads what APPEND and REPLACE say of messages behind the mailbox, step by step, for the octets of
// messages stand in between and are not part of any text (RFC 3501 6.3.11; RFC 3502: several
// messages; RFC 4469: CATENATE; RFC 9755 4: UTF8). A text is what stands between two of them, and
// ends in the head of the next or with the command. Copies are independent. Pure.
class AppendParser {
 public:
  enum class Step {
    kMessage,       // a message begins: flags(), internal_date()
    kLiteral,       // its next octets are those of the literal(), whose head ends the text
    kUrl,           // its next octets are what url() names
    kEnd,           // the command ends
    kNeedsLiteral,  // the text ends where octets of a message should stand
    kNeedsText,     // the text ends where a string should stand
  };

  // Errors are the scanner's, and end it all.
  Step Next(Scanner& scanner);

  const Flags& flags() const { return flags_; }
  const std::optional<DateTime>& internal_date() const { return internal_date_; }
  const Scanner::LiteralHead& literal() const { return literal_; }
  const std::string& url() const { return url_; }
  // The message that began last is put together from parts.
  bool catenates() const { return catenates_; }

  // What a literal is that follows `text`, given from behind the last literal with octets.
  LiteralRole RoleOfNext(absl::string_view text) const;

 private:
  enum class Place {
    kBetween,  // before a message or the end
    kData,     // behind flags and date
    kPart,     // in CATENATE, before a part
    kPartEnd,  // in CATENATE, behind a part
    kUtf8End,  // behind the literal of UTF8
  };

  Step BeginMessage(Scanner& scanner);
  Step Data(Scanner& scanner);
  Step Part(Scanner& scanner);
  Step Literal(Scanner& scanner, Place next);

  Place place_ = Place::kBetween;
  bool begun_ = false;
  bool catenates_ = false;
  Flags flags_;
  std::optional<DateTime> internal_date_;
  Scanner::LiteralHead literal_;
  std::string url_;
};

}  // namespace posthorn::imap
