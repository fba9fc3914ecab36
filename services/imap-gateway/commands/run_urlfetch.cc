// URLFETCH (RFC 4467, with RFC 5524): reading what an authorized URL names.
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/log/log.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/fetch/section_range.h"
#include "imap-gateway/fetch/section_source.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/parser/imap_url.h"
#include "imap-gateway/response/body_structure.h"
#include "imap-gateway/response/strings.h"
#include "posthorn/v1/url_access.grpc.pb.h"

namespace posthorn::imap {
namespace {

using UrlMethods = v1::UrlAccess::StubInterface::async_interface;
using Item = UrlFetchArguments::Item;

v1::OpenUrlRequest::Access AccessOf(UrlAccess::Kind kind) {
  switch (kind) {
    case UrlAccess::Kind::kSubmit:
      return v1::OpenUrlRequest::ACCESS_SUBMIT;
    case UrlAccess::Kind::kUser:
      return v1::OpenUrlRequest::ACCESS_USER;
    case UrlAccess::Kind::kAuthUser:
      return v1::OpenUrlRequest::ACCESS_AUTHUSER;
    case UrlAccess::Kind::kAnonymous:
      break;
  }
  return v1::OpenUrlRequest::ACCESS_ANONYMOUS;
}

// The request for a complete URL that has not expired; nullopt for any other.
std::optional<v1::OpenUrlRequest> RequestFor(const std::string& text, const ImapUrl& url) {
  const bool expired = url.expire && *url.expire <= absl::ToUnixSeconds(absl::Now());
  if (!url.server || !url.access || url.mechanism != "INTERNAL" || expired) {
    return std::nullopt;
  }
  absl::StatusOr<std::string> name = CanonicalMailboxName(url.mailbox, NameEncoding::kUtf8);
  if (!name.ok() || url.token.size() % 2 != 0) {
    return std::nullopt;
  }
  v1::OpenUrlRequest request;
  request.set_owner(url.server->user);
  request.set_mailbox(*std::move(name));
  request.set_uidvalidity(url.uidvalidity);
  request.set_uid(url.uid);
  request.set_access(AccessOf(url.access->kind));
  request.set_user(url.access->user);
  request.set_rump(text.substr(0, url.rump));
  request.set_token(absl::HexStringToBytes(url.token));
  return request;
}

// RFC 5524 4: BODYPARTSTRUCTURE, of the part or of the message. False if there is none.
asio::awaitable<bool> TellStructure(Session& session, SectionSource& source,
                                    const Section& section) {
  const absl::StatusOr<v1::BodyStructure> structure = co_await source.Structure();
  if (!structure.ok()) {
    co_return false;
  }
  const v1::BodyStructure part = SubStructure(*structure, section.part);
  if (part.parts().empty()) {
    co_return false;
  }
  session.out().append(" (BODYPARTSTRUCTURE ");
  AppendBodyStructure(session.out(), part, true, session.features().imap4rev2);
  session.out().push_back(')');
  co_return true;
}

// The literal's octets. Once its head is written nothing else can be in their place.
asio::awaitable<void> TellOctets(Session& session, SectionSource& source, bool binary) {
  absl::StrAppend(&session.out(), binary && source.has_nul() ? "~{" : "{", source.size(), "}\r\n");
  while (source.size() > 0) {
    const absl::StatusOr<std::string> octets = co_await source.Next();
    if (!octets.ok()) {
      log::Warning("body cut off",
                   {{"session", session.id()}, {"reason", std::string(octets.status().message())}});
      session.Logout();
      session.stream().Close();
      co_return;
    }
    const bool sent = co_await session.output().Send(*octets);
    if (!sent) {
      co_return;
    }
  }
}

// What the URL names, once the store has opened it. False: NIL is to be told.
asio::awaitable<bool> Tell(Session& session, const Item& item, const ImapUrl& url,
                           const v1::OpenUrlResponse& opened) {
  SectionSource source(session.store(), opened.mailbox(), url.uid, opened.grant());
  FetchItem fetch;
  fetch.kind = item.binary ? FetchItem::Kind::kBinary : FetchItem::Kind::kSection;
  fetch.section = url.section;
  fetch.partial = url.partial;
  const bool with_octets = !item.extended || item.body || item.binary;
  if (item.binary && url.section.text != Section::Text::kAll) {
    co_return false;
  }
  if (with_octets) {
    const absl::Status ready = co_await source.Open(fetch);
    if (!ready.ok()) {
      co_return false;
    }
  }
  if (item.structure) {
    const bool told = co_await TellStructure(session, source, url.section);
    if (!told) {
      co_return false;
    }
  }
  if (with_octets) {
    session.out().append(!item.extended ? " " : item.binary ? " (BINARY " : " (BODY ");
    co_await TellOctets(session, source, item.binary);
    session.out().append(item.extended ? ")" : "");
  }
  co_return true;
}

}  // namespace

Done RunUrlFetch(Session& session, UrlFetchArguments arguments) {
  for (const Item& item : arguments.items) {
    session.out().append("* URLFETCH ");
    AppendAstring(session.out(), item.url);
    bool told = false;
    const absl::StatusOr<ImapUrl> url = ParseImapUrl(item.url);
    std::optional<v1::OpenUrlRequest> request;
    if (url.ok()) {
      request = RequestFor(item.url, *url);
    }
    if (request) {
      v1::OpenUrlResponse opened;
      const absl::Status status =
          co_await session.store().Call<v1::UrlAccess>(&UrlMethods::OpenUrl, *request, opened);
      told = status.ok() && co_await Tell(session, item, *url, opened);
    }
    // RFC 4467 8: NIL if the URL is invalid for any reason.
    session.out().append(told ? "\r\n" : " NIL\r\n");
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      break;
    }
  }
  co_return Ok("Fetch completed");
}

}  // namespace posthorn::imap
