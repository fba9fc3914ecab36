#include "imap-gateway/append/url_part.h"

#include <utility>

#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/parser/imap_url.h"

namespace posthorn::imap {
namespace {

absl::Status Missing() { return absl::NotFoundError("no such mailbox"); }

// The mailbox of the URL.
asio::awaitable<absl::StatusOr<v1::MailboxRef>> Mailbox(Session& session, const ImapUrl& url) {
  if (url.mailbox.empty()) {
    if (!session.has_selected()) {
      co_return Missing();
    }
    const SelectedMailbox& selected = session.selected();
    const bool same = url.uidvalidity == 0 || url.uidvalidity == selected.uidvalidity;
    co_return same ? absl::StatusOr<v1::MailboxRef>(selected.ref) : Missing();
  }
  // RFC 5092 3: names in URLs are UTF-8.
  absl::StatusOr<std::string> name = CanonicalMailboxName(url.mailbox, NameEncoding::kUtf8);
  if (!name.ok()) {
    co_return name.status();
  }
  v1::GetStatusRequest request;
  request.set_name(*std::move(name));
  v1::GetStatusResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Mailbox>(&MailboxMethods::GetStatus, request, response);
  if (!status.ok()) {
    co_return status;
  }
  if (url.uidvalidity != 0 && url.uidvalidity != response.counters().uidvalidity()) {
    co_return Missing();
  }
  v1::MailboxRef mailbox;
  mailbox.set_account_id(response.account_id());
  mailbox.set_mailbox_id(response.mailbox_id());
  co_return mailbox;
}

}  // namespace

asio::awaitable<absl::StatusOr<std::unique_ptr<SectionSource>>> OpenUrlPart(Session& session,
                                                                            std::string url) {
  const absl::StatusOr<ImapUrl> parsed = ParseImapUrl(url);
  if (!parsed.ok()) {
    co_return parsed.status();
  }
  if (parsed->server || parsed->access) {
    co_return absl::InvalidArgumentError("not a relative URL");
  }
  const absl::StatusOr<v1::MailboxRef> mailbox = co_await Mailbox(session, *parsed);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  auto source = std::make_unique<SectionSource>(session.store(), *mailbox, parsed->uid, "");
  FetchItem item;
  item.kind = FetchItem::Kind::kSection;
  item.section = parsed->section;
  item.partial = parsed->partial;
  const absl::Status opened = co_await source->Open(item);
  if (!opened.ok()) {
    co_return opened;
  }
  co_return std::move(source);
}

}  // namespace posthorn::imap
