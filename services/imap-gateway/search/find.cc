#include "imap-gateway/search/find.h"

#include "imap-gateway/search/charset.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/search/translate.h"
#include "imap-gateway/session/condstore.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

v1::SortKey::Field ToProto(SortField field) {
  switch (field) {
    case SortField::kArrival:
      return v1::SortKey::FIELD_ARRIVAL;
    case SortField::kCc:
      return v1::SortKey::FIELD_CC;
    case SortField::kDate:
      return v1::SortKey::FIELD_DATE;
    case SortField::kFrom:
      return v1::SortKey::FIELD_FROM;
    case SortField::kSize:
      return v1::SortKey::FIELD_SIZE;
    case SortField::kSubject:
      return v1::SortKey::FIELD_SUBJECT;
    case SortField::kTo:
      return v1::SortKey::FIELD_TO;
    case SortField::kDisplayFrom:
      return v1::SortKey::FIELD_DISPLAY_FROM;
    case SortField::kDisplayTo:
      return v1::SortKey::FIELD_DISPLAY_TO;
    case SortField::kRelevancy:
      return v1::SortKey::FIELD_RELEVANCY;
  }
}

}  // namespace

v1::SearchRequest RequestFor(const SelectedMailbox& mailbox, v1::SearchKey key) {
  v1::SearchRequest request;
  *request.mutable_mailbox() = mailbox.ref;
  *request.mutable_key() = std::move(key);
  *request.mutable_among() = ToProto(mailbox.view.Uids());
  return request;
}

void SetSort(const std::vector<SortCriterion>& criteria, v1::SearchRequest& request) {
  for (const SortCriterion& criterion : criteria) {
    v1::SortKey* key = request.add_sort();
    key->set_field(ToProto(criterion.field));
    key->set_reverse(criterion.reverse);
  }
}

asio::awaitable<absl::StatusOr<Found>> Find(Session& session, v1::SearchRequest request) {
  v1::SearchResponse response;
  const absl::Status status =
      co_await session.store().Search<v1::Message>(&MessageMethods::Search, request, response);
  if (!status.ok()) {
    co_return status;
  }
  Found found;
  found.uids = request.sort().empty()
                   ? ResultList(FromProto(response.uids()))
                   : ResultList::Sorted({response.sorted().begin(), response.sorted().end()});
  found.relevancies.assign(response.relevancies().begin(), response.relevancies().end());
  found.modseqs.assign(response.modseqs().begin(), response.modseqs().end());
  co_return found;
}

void UseCondstoreOf(Session& session, const SearchArguments& arguments) {
  if (HasKey(arguments.key, SearchKey::Kind::kModSeq)) {
    UseCondstore(session);
  }
}

Completion CheckSearch(Session& session, const SearchArguments& arguments) {
  if (arguments.returns.relevancy && !HasKey(arguments.key, SearchKey::Kind::kFuzzy)) {
    return Bad("RELEVANCY needs a FUZZY key");  // RFC 6203 4
  }
  if (arguments.returns.update && IsContextTag(session, session.tag())) {
    return Bad("Tag reuse");  // RFC 5267 4.3
  }
  if (session.features().uid_only && HasKey(arguments.key, SearchKey::Kind::kSequence)) {
    return UidRequired();
  }
  if (!IsKnownCharset(arguments.charset)) {
    return SearchRefused(absl::UnimplementedError("Unknown charset"));
  }
  // RFC 9755 3: no charset but that of the session once UTF-8 is on.
  if (session.features().utf8 && !arguments.charset.empty() && !IsUtf8Charset(arguments.charset)) {
    return Bad("The charset is UTF-8 since UTF8=ACCEPT was enabled");
  }
  return Ok("");
}

Completion SearchRefused(const absl::Status& status) {
  if (absl::IsUnimplemented(status)) {
    return No(CharsetList(), std::string(status.message()));
  }
  return Bad(std::string(status.message()));
}

}  // namespace posthorn::imap
