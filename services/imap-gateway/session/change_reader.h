#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "absl/status/status.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Asks for what changed in the selected mailbox after a MODSEQ, as the session has it otherwise.
v1::SyncMailboxRequest ChangesSince(const SelectedMailbox& mailbox, std::uint64_t since);

// Reads what changed, a part at a time, so that it takes little memory however much has. The parts
// together are the changes up to one state of the mailbox; what happens after it, while they are
// read, is left to the next reader.
class ChangeReader {
 public:
  ChangeReader(Session& session, v1::SyncMailboxRequest request);

  // The next part. The first one has all but the changes of flags that do not fit into it; those
  // that follow have only such. Ok with `deleted` if there is no such mailbox any more.
  asio::awaitable<absl::Status> Read();
  const v1::SyncMailboxResponse& part() const { return part_; }
  bool is_first() const { return request_.after_uid() == 0; }
  bool more() const { return part_.more() && part_.changed().uids_size() > 0; }
  // The MODSEQ of that state; known with the first part.
  std::uint64_t reached() const { return request_.until_modseq(); }

 private:
  Session& session_;
  v1::SyncMailboxRequest request_;
  v1::SyncMailboxResponse part_;
};

}  // namespace posthorn::imap
