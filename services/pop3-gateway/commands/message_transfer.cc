#include "pop3-gateway/commands/message_transfer.h"

#include "pop3-gateway/protocol/dot_stuffer.h"
#include "pop3-gateway/protocol/top_cutter.h"
#include "pop3-gateway/session/session.h"

namespace posthorn::pop3 {
namespace {

namespace asio = boost::asio;

// A frame is stuffed and sent in slices, so that the output buffer stays small.
constexpr size_t kSliceOctets = size_t{64} * 1024;

asio::awaitable<void> SendFrame(Session& session, DotStuffer& stuffer, absl::string_view frame) {
  while (!frame.empty() && !session.closing()) {
    const absl::string_view slice = frame.substr(0, kSliceOctets);
    frame.remove_prefix(slice.size());
    stuffer.Feed(slice, &session.out());
    if (session.ShouldFlush()) {
      co_await session.Flush();
    }
  }
}

}  // namespace

asio::awaitable<void> TransferMessage(Session& session, uint32_t message,
                                      std::optional<uint32_t> lines) {
  // The header alone is a section of its own; lines of the body are cut from the whole message.
  const bool whole = !lines.has_value();
  const bool header_only = lines == 0u;
  const absl::StatusOr<uint64_t> octets = co_await session.source().Open(
      message, header_only ? v1::BODY_SECTION_HEADER : v1::BODY_SECTION_ALL,
      /*read_ahead=*/whole || header_only);
  if (!octets.ok()) {
    session.Fail(octets.status());
    co_return;
  }
  if (whole) {
    AppendOkOctets(*octets, &session.out());
  } else {
    session.Ok("Top of message follows");
  }
  DotStuffer stuffer;
  TopCutter cutter(lines.value_or(0));
  while (!session.closing() && (whole || !cutter.done())) {
    const absl::StatusOr<absl::string_view> frame = co_await session.source().Next();
    if (!frame.ok()) {
      // The response cannot be ended but by the end of the connection: a terminator would tell the
      // client that it has the whole message.
      session.Abort(frame.status());
      co_return;
    }
    if (frame->empty()) {
      stuffer.Feed(whole ? "" : cutter.Missing(), &session.out());
      break;
    }
    const size_t shown = whole ? frame->size() : cutter.Feed(*frame);
    co_await SendFrame(session, stuffer, frame->substr(0, shown));
  }
  stuffer.Finish(&session.out());
  if (whole && !session.closing()) {
    session.CountRetrieved(*octets);
  }
}

}  // namespace posthorn::pop3
