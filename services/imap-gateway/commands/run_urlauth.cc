// GENURLAUTH and RESETKEY (RFC 4467): URLs that carry the right to read a message.
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/mailbox_argument.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/parser/imap_url.h"
#include "imap-gateway/response/strings.h"
#include "posthorn/v1/url_access.grpc.pb.h"

namespace posthorn::imap {
namespace {

using UrlMethods = v1::UrlAccess::StubInterface::async_interface;

constexpr absl::string_view kMechanism = "INTERNAL";

// RFC 4467 7: what is checked of a URL before it is signed. Not whether the message is there: that
// the one who uses the URL will see.
bool CanBeSigned(Session& session, const ImapUrl& url, const std::string& mechanism) {
  return url.server && url.access && url.token.empty() && mechanism == kMechanism &&
         absl::EqualsIgnoreCase(url.server->user, session.store().login().address());
}

asio::awaitable<absl::StatusOr<std::string>> Sign(Session& session, const std::string& rump,
                                                  const std::string& mechanism) {
  const absl::StatusOr<ImapUrl> url = ParseImapUrl(rump);
  if (!url.ok() || !CanBeSigned(session, *url, mechanism)) {
    co_return absl::InvalidArgumentError("not a URL that can be signed");
  }
  absl::StatusOr<std::string> name = CanonicalMailboxName(url->mailbox, NameEncoding::kUtf8);
  if (!name.ok()) {
    co_return name.status();
  }
  v1::SignUrlRequest request;
  request.set_mailbox(*std::move(name));
  request.set_rump(rump);
  v1::SignUrlResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::UrlAccess>(&UrlMethods::SignUrl, request, response);
  if (!status.ok()) {
    co_return status;
  }
  co_return absl::StrCat(rump, ":", kMechanism, ":", absl::BytesToHexString(response.token()));
}

}  // namespace

Done RunGenUrlAuth(Session& session, GenUrlAuthArguments arguments) {
  std::string line = "* GENURLAUTH";
  for (const GenUrlAuthArguments::Item& item : arguments.items) {
    const absl::StatusOr<std::string> url = co_await Sign(session, item.rump, item.mechanism);
    if (absl::IsInvalidArgument(url.status()) || absl::IsNotFound(url.status())) {
      // RFC 4467 7: BAD if any check fails.
      co_return Bad("A URL that cannot be authorized");
    }
    if (!url.ok()) {
      co_return FromStatus(url.status());
    }
    line.push_back(' ');
    AppendAstring(line, *url);
  }
  absl::StrAppend(&session.out(), line, "\r\n");
  co_return Ok("URLs authorized");
}

Done RunResetKey(Session& session, ResetKeyArguments arguments) {
  for (const std::string& mechanism : arguments.mechanisms) {
    if (mechanism != kMechanism) {
      co_return No("CANNOT", "Unknown mechanism");
    }
  }
  v1::ResetKeysRequest request;
  if (arguments.mailbox) {
    absl::StatusOr<std::string> name = ExistingMailbox(session, *arguments.mailbox);
    if (!name.ok()) {
      co_return FromStatus(name.status());
    }
    request.set_mailbox(*std::move(name));
  }
  v1::ResetKeysResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::UrlAccess>(&UrlMethods::ResetKeys, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  Completion completion = Ok("Keys taken back");
  // RFC 4467 8: INTERNAL keys are not told.
  completion.code = absl::StrCat("URLMECH ", kMechanism);
  co_return completion;
}

}  // namespace posthorn::imap
