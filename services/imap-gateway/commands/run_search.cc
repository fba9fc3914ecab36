#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/search/translate.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

// RFC 3501 7.2.5.
asio::awaitable<void> TellFound(Session& session, const NumberRanges& found) {
  std::string& out = session.out();
  out.append("* SEARCH");
  for (const NumberRange& range : found) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      absl::StrAppend(&out, " ", number);
      if (out.size() > 64 * 1024) {
        const bool sent = co_await session.output().Flush();
        if (!sent) {
          co_return;
        }
      }
    }
  }
  out.append("\r\n");
}

asio::awaitable<absl::StatusOr<NumberRanges>> Find(Session& session, v1::SearchKey key) {
  SelectedMailbox& mailbox = session.selected();
  v1::SearchRequest request;
  *request.mutable_mailbox() = mailbox.ref;
  *request.mutable_key() = std::move(key);
  *request.mutable_among() = ToProto(mailbox.view.Uids());
  v1::SearchResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::Search, request, response);
  if (!status.ok()) {
    co_return status;
  }
  co_return FromProto(response.uids());
}

Done Search(Session& session, SearchArguments arguments, Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  absl::StatusOr<v1::SearchKey> key = TranslateSearch(arguments, mailbox.view, mailbox.recent);
  if (absl::IsUnimplemented(key.status())) {
    co_return No("BADCHARSET (US-ASCII UTF-8)", std::string(key.status().message()));
  }
  if (!key.ok()) {
    co_return Bad(std::string(key.status().message()));
  }
  NumberRanges found;
  if (auto local = SearchByNumbers(arguments.key, mailbox.view, mailbox.recent)) {
    found = *std::move(local);
  } else {
    absl::StatusOr<NumberRanges> remote = co_await Find(session, *std::move(key));
    if (!remote.ok()) {
      co_return FromStatus(remote.status());
    }
    found = mailbox.view.Known(*remote);
  }
  co_await TellFound(session,
                     numbers == Numbers::kUid ? found : mailbox.view.SequenceNumbersOf(found));
  co_return Ok("Search completed");
}

}  // namespace

Done RunSearch(Session& session, SearchArguments arguments) {
  co_return co_await Search(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidSearch(Session& session, SearchArguments arguments) {
  co_return co_await Search(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
