#include "smtp-gateway/filter/rspamd.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/net/stream.h"
#include "smtp-gateway/filter/connect.h"
#include "smtp-gateway/filter/rspamd_request.h"
#include "smtp-gateway/relay/http_read.h"

namespace posthorn::filter {
namespace {

constexpr size_t kPiece = 64 * 1024;
constexpr size_t kMaxAnswer = 1 << 20;

asio::awaitable<absl::Status> SendMessage(net::Stream& stream, const std::string& head,
                                          const HeldMessage& message) {
  absl::Status written = co_await stream.Write(head);
  if (written.ok()) {
    written = co_await stream.Write(message.header);
  }
  for (uint64_t offset = 0; written.ok() && offset < message.body.size();) {
    const absl::StatusOr<std::string> piece = message.body.Read(offset, kPiece);
    if (!piece.ok()) {
      co_return piece.status();
    }
    offset += piece->size();
    written = co_await stream.Write(*piece);
  }
  co_return written;
}

}  // namespace

asio::awaitable<absl::StatusOr<RspamdResult>> AskRspamd(const RspamdOptions& options,
                                                        const Client& client,
                                                        const Envelope& envelope,
                                                        const HeldMessage& message) {
  const auto deadline = net::SteadyClock::now() + options.timeout;
  const auto stream = co_await ConnectByName(options.host, options.port, deadline);
  if (!stream.ok()) {
    co_return stream.status();
  }
  (*stream)->ExpiresAt(deadline);
  const std::string head = RspamdRequestHead(client, envelope, options.host, message.size());
  const absl::Status sent = co_await SendMessage(**stream, head, message);
  if (!sent.ok()) {
    co_return sent;
  }
  const auto response = co_await relay::ReadHttpResponse(**stream, kMaxAnswer);
  if (!response.ok()) {
    co_return response.status();
  }
  if (response->status != 200) {
    co_return absl::UnavailableError(absl::StrCat("rspamd answers ", response->status));
  }
  co_return ParseRspamdResult(response->body);
}

}  // namespace posthorn::filter
