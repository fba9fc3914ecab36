#include "mailstore/message/columns_proto.h"

#include "mailstore/mailbox/counters.h"

namespace posthorn::store {

void AddRow(const MessageRow& row, v1::FlagColumns* columns) {
  columns->add_uids(row.uid.value());
  columns->add_flags(row.flags);
  columns->add_keywords(row.keywords);
  columns->add_modseqs(static_cast<uint64_t>(row.modseq.value()));
}

uint32_t CountFrom(const MailboxColumns& columns, uint32_t from_uid) {
  return static_cast<uint32_t>(columns.size() - columns.LowerBound(from_uid));
}

v1::MailboxCounters Counters(const MailboxColumns& columns) {
  const MailboxState& state = columns.state;
  v1::MailboxCounters counters = CountersOf(state);
  counters.set_recent(CountFrom(columns, state.recent_from_uid));
  return counters;
}

}  // namespace posthorn::store
