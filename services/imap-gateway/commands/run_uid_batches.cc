#include <algorithm>

#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

// RFC 10022: smaller batches make more work than they save.
constexpr std::uint32_t kMinSize = 500;
// Most ranges of an answer: 100,000 of them take some 2 MB.
constexpr std::uint32_t kMaxBatches = 100'000;

Completion TooMany() {
  return No("TOOMANY", absl::StrCat("At most ", kMaxBatches, " batches at once"));
}

}  // namespace

// The ranges follow each other down to UID 1, so that every UID there is or was is in one batch.
Done RunUidBatches(Session& session, UidBatchesArguments arguments) {
  if (arguments.size < kMinSize) {
    co_return No("TOOFEW", absl::StrCat("A batch has at least ", kMinSize, " messages"));
  }
  const View& view = session.selected().view;
  const std::uint32_t messages = view.size();
  const std::uint32_t batches = messages / arguments.size + (messages % arguments.size != 0);
  auto [first, last] = arguments.batches.value_or(std::pair{1u, batches});
  if (arguments.batches && first > last) {
    co_return Completion{Completion::Kind::kBad, "CLIENTBUG",
                         "Batches are named in ascending order"};
  }
  if (last >= first && last - first >= kMaxBatches) {
    co_return TooMany();
  }
  last = std::min(last, batches);
  std::string& out = session.out();
  out.append("* UIDBATCHES (TAG ");
  AppendString(out, session.tag());
  out.push_back(')');
  char before = ' ';
  for (std::uint32_t batch = first; batch <= last; ++batch) {
    // Numbers of messages, the newest of the batch and the oldest.
    const std::uint32_t newest = messages - (batch - 1) * arguments.size;
    const bool oldest_batch = newest <= arguments.size;
    const std::uint32_t lowest = oldest_batch ? 1 : view.UidAt(newest - arguments.size + 1);
    // Down from where the batch before it ends.
    const std::uint32_t highest = newest == messages ? view.last_uid() : view.UidAt(newest + 1) - 1;
    absl::StrAppend(&out, std::string(1, before), highest, ":", lowest);
    before = ',';
  }
  out.append("\r\n");
  co_return Ok("Uidbatches completed");
}

}  // namespace posthorn::imap
