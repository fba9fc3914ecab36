#include "mail/header_parser.h"

#include <array>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "mail/content_fields.h"
#include "mail/header.h"

namespace posthorn::mail {
namespace {

enum class Field : uint8_t {
  kOther,
  kBcc,
  kCc,
  kContentDescription,
  kContentDisposition,
  kContentId,
  kContentLanguage,
  kContentLocation,
  kContentMd5,
  kContentTransferEncoding,
  kContentType,
  kDate,
  kFrom,
  kInReplyTo,
  kMessageId,
  kReferences,
  kReplyTo,
  kSender,
  kSubject,
  kTo,
  kCount,
};

struct FieldName {
  absl::string_view name;
  Field field;
};

constexpr std::array<FieldName, 19> kFieldNames = {
    {{"Bcc", Field::kBcc},
     {"Cc", Field::kCc},
     {"Content-Description", Field::kContentDescription},
     {"Content-Disposition", Field::kContentDisposition},
     {"Content-ID", Field::kContentId},
     {"Content-Language", Field::kContentLanguage},
     {"Content-Location", Field::kContentLocation},
     {"Content-MD5", Field::kContentMd5},
     {"Content-Transfer-Encoding", Field::kContentTransferEncoding},
     {"Content-Type", Field::kContentType},
     {"Date", Field::kDate},
     {"From", Field::kFrom},
     {"In-Reply-To", Field::kInReplyTo},
     {"Message-ID", Field::kMessageId},
     {"References", Field::kReferences},
     {"Reply-To", Field::kReplyTo},
     {"Sender", Field::kSender},
     {"Subject", Field::kSubject},
     {"To", Field::kTo}}};

Field FieldOf(absl::string_view name) {
  for (const FieldName& known : kFieldNames) {
    if (absl::EqualsIgnoreCase(name, known.name)) {
      return known.field;
    }
  }
  return Field::kOther;
}

// An estimate of what a string costs beside its octets.
constexpr size_t kStringOverhead = sizeof(std::string);

size_t CostOf(const std::vector<Parameter>& params) {
  size_t cost = 0;
  for (const Parameter& param : params) {
    cost += param.name.size() + param.value.size() + sizeof(Parameter);
  }
  return cost;
}

size_t CostOf(const std::vector<std::string>& strings) {
  size_t cost = 0;
  for (const std::string& string : strings) {
    cost += string.size() + kStringOverhead;
  }
  return cost;
}

size_t CostOf(const AddressList& list) {
  size_t cost = 0;
  for (const Address& address : list) {
    cost += address.name.size() + address.route.size() + address.mailbox.size() +
            address.host.size() + sizeof(Address);
  }
  return cost;
}

class HeaderParser {
 public:
  HeaderParser(const ScanLimits& limits, RetainBudget* budget, Part* part, std::string* boundary,
               MessageFields* message)
      : limits_(limits), budget_(budget), part_(part), boundary_(boundary), message_(message) {}

  ContentTypeSource Parse(absl::string_view block) {
    HeaderReader reader(block);
    for (size_t fields = 0; fields < limits_.max_fields; ++fields) {
      const std::optional<HeaderField> field = reader.Next();
      if (!field.has_value()) {
        break;
      }
      const Field known = FieldOf(field->name);
      bool& seen = seen_[static_cast<size_t>(known)];
      const bool joined = known == Field::kTo || known == Field::kCc || known == Field::kBcc;
      if (known == Field::kOther || (seen && !joined)) {
        continue;
      }
      seen = true;
      if (!TakeContentField(known, field->value) && message_ != nullptr) {
        TakeMessageField(known, field->value);
      }
    }
    if (content_type_ != ContentTypeSource::kGiven) {
      // RFC 2045 5.2
      part_->params = {{"charset", "us-ascii"}};
    }
    if (message_ != nullptr) {
      CompleteEnvelope();
    }
    return content_type_;
  }

 private:
  // False if it is a field of messages.
  bool TakeContentField(Field field, absl::string_view value) {
    switch (field) {
      case Field::kContentType:
        TakeContentType(value);
        return true;
      case Field::kContentTransferEncoding: {
        std::string encoding = ParseToken(value);
        if (!encoding.empty()) {
          part_->encoding = std::move(encoding);
        }
        return true;
      }
      case Field::kContentDisposition: {
        std::optional<Disposition> disposition = ParseDisposition(value, limits_.max_params);
        if (disposition.has_value() &&
            budget_->Take(disposition->type.size() + CostOf(disposition->params))) {
          part_->disposition = std::move(disposition);
        }
        return true;
      }
      case Field::kContentLanguage: {
        std::vector<std::string> languages = ParseLanguages(value, limits_.max_params);
        if (budget_->Take(CostOf(languages))) {
          part_->language = std::move(languages);
        }
        return true;
      }
      case Field::kContentId:
        Keep(value, &part_->content_id);
        return true;
      case Field::kContentDescription:
        Keep(value, &part_->description);
        return true;
      case Field::kContentMd5:
        Keep(value, &part_->md5);
        return true;
      case Field::kContentLocation:
        Keep(value, &part_->location);
        return true;
      default:
        return false;
    }
  }

  void TakeContentType(absl::string_view value) {
    std::optional<ContentType> parsed = ParseContentType(value, limits_.max_params);
    if (!parsed.has_value()) {
      content_type_ = ContentTypeSource::kInvalid;
      return;
    }
    content_type_ = ContentTypeSource::kGiven;
    part_->type = std::move(parsed->type);
    part_->subtype = std::move(parsed->subtype);
    *boundary_ = FindBoundary(parsed->params);
    if (budget_->Take(CostOf(parsed->params))) {
      part_->params = std::move(parsed->params);
    }
  }

  void TakeMessageField(Field field, absl::string_view value) {
    Envelope& envelope = message_->envelope;
    switch (field) {
      case Field::kDate:
        Keep(value, &envelope.date);
        message_->date = ParseDate(value);
        break;
      case Field::kSubject:
        Keep(value, &envelope.subject);
        break;
      case Field::kInReplyTo:
        Keep(value, &envelope.in_reply_to);
        break;
      case Field::kMessageId:
        Keep(value, &envelope.message_id);
        break;
      case Field::kFrom:
        Join(value, &envelope.from);
        break;
      case Field::kSender:
        Join(value, &envelope.sender);
        break;
      case Field::kReplyTo:
        Join(value, &envelope.reply_to);
        break;
      case Field::kTo:
        Join(value, &envelope.to);
        break;
      case Field::kCc:
        Join(value, &envelope.cc);
        break;
      case Field::kBcc:
        Join(value, &envelope.bcc);
        break;
      case Field::kReferences: {
        std::vector<std::string> ids = ParseMessageIds(value, limits_.max_references);
        if (budget_->Take(CostOf(ids))) {
          message_->references = std::move(ids);
        }
        break;
      }
      default:
        break;
    }
  }

  void Keep(absl::string_view value, std::optional<std::string>* to) {
    std::string unfolded = Unfold(value);
    if (budget_->Take(unfolded.size() + kStringOverhead)) {
      *to = std::move(unfolded);
    }
  }

  void Join(absl::string_view value, AddressList* list) {
    if (budget_->spent() || list->size() >= limits_.max_addresses) {
      return;
    }
    AddressList more = ParseAddressList(value, limits_.max_addresses - list->size());
    if (budget_->Take(CostOf(more))) {
      list->insert(list->end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
    }
  }

  // RFC 3501 7.4.2: Sender and Reply-To that are absent or empty are those of From.
  void CompleteEnvelope() {
    Envelope& envelope = message_->envelope;
    for (AddressList* list : {&envelope.sender, &envelope.reply_to}) {
      if (list->empty() && budget_->Take(CostOf(envelope.from))) {
        *list = envelope.from;
      }
    }
  }

  const ScanLimits& limits_;
  RetainBudget* const budget_;
  Part* const part_;
  std::string* const boundary_;
  MessageFields* const message_;
  std::array<bool, static_cast<size_t>(Field::kCount)> seen_{};
  ContentTypeSource content_type_ = ContentTypeSource::kAbsent;
};

}  // namespace

ContentTypeSource ParseHeader(absl::string_view block, const ScanLimits& limits,
                              RetainBudget* budget, Part* part, std::string* boundary,
                              MessageFields* message) {
  return HeaderParser(limits, budget, part, boundary, message).Parse(block);
}

}  // namespace posthorn::mail
