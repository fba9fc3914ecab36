// The points of failpoint.h, by service and step of a message's way (docs/architecture.md,
// "Faults"). "enqueued", "leased" and "written" are before the commit of a transaction whose rows
// are written, "committed" is after it and before the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace posthorn::failpoint {

enum class Point : uint8_t {
  // smtp-gateway takes a message.
  kGatewayAcceptReceived,  // the final dot has come; the store may have the frames before the last
  kGatewayAcceptStored,    // the store has it
  kGatewayAcceptReplied,   // the 250 is written
  // mailstore takes it.
  kStoreAcceptStored,  // the body is scanned, and in the database as far as it is long
  kStoreAcceptEnqueued,
  kStoreAcceptCommitted,
  // A worker claims recipients.
  kStoreClaimLeased,
  kStoreClaimCommitted,
  kRelayClaimReceived,
  kStoreRenewCommitted,
  // It talks to the next hop.
  kRelayTalkConnected,  // before MAIL
  kStoreTalkNoted,      // "data sent" is committed, before the answer that permits the dot
  kRelayTalkPermitted,  // before the dot
  kRelayTalkDotSent,    // before its reply
  kRelayTalkReplied,    // the reply is read
  // Results are written.
  kRelaySettleAsked,  // before the call
  kStoreSettleBegun,  // before the transaction
  kStoreSettleWritten,
  kStoreSettleCommitted,
  kRelaySettleAnswered,
  // Senders are notified, in the transaction that settles.
  kStoreNotifyWritten,
  kStoreNotifyCommitted,
  // Held mail comes into mailboxes here.
  kStoreLocalClaimed,
  kStoreLocalWritten,
  kStoreLocalCommitted,
};

struct PointName {
  Point point;
  const char* name;
  bool may_fail = false;  // takes "error": what it fails is an answer that gets lost
};

inline constexpr PointName kPoints[] = {
    {Point::kGatewayAcceptReceived, "gateway.accept.received"},
    {Point::kGatewayAcceptStored, "gateway.accept.stored"},
    {Point::kGatewayAcceptReplied, "gateway.accept.replied"},
    {Point::kStoreAcceptStored, "store.accept.stored", true},
    {Point::kStoreAcceptEnqueued, "store.accept.enqueued"},
    {Point::kStoreAcceptCommitted, "store.accept.committed", true},
    {Point::kStoreClaimLeased, "store.claim.leased"},
    {Point::kStoreClaimCommitted, "store.claim.committed", true},
    {Point::kRelayClaimReceived, "relay.claim.received"},
    {Point::kStoreRenewCommitted, "store.renew.committed", true},
    {Point::kRelayTalkConnected, "relay.talk.connected"},
    {Point::kStoreTalkNoted, "store.talk.noted", true},
    {Point::kRelayTalkPermitted, "relay.talk.permitted"},
    {Point::kRelayTalkDotSent, "relay.talk.dot_sent"},
    {Point::kRelayTalkReplied, "relay.talk.replied"},
    {Point::kRelaySettleAsked, "relay.settle.asked"},
    {Point::kStoreSettleBegun, "store.settle.begun"},
    {Point::kStoreSettleWritten, "store.settle.written"},
    {Point::kStoreSettleCommitted, "store.settle.committed", true},
    {Point::kRelaySettleAnswered, "relay.settle.answered"},
    {Point::kStoreNotifyWritten, "store.notify.written"},
    {Point::kStoreNotifyCommitted, "store.notify.committed"},
    {Point::kStoreLocalClaimed, "store.local.claimed"},
    {Point::kStoreLocalWritten, "store.local.written"},
    {Point::kStoreLocalCommitted, "store.local.committed"},
};

inline constexpr size_t kPointCount = std::size(kPoints);

// A point is its index in the table.
constexpr bool PointsAreInOrder() {
  for (size_t i = 0; i < kPointCount; ++i) {
    if (static_cast<size_t>(kPoints[i].point) != i) {
      return false;
    }
  }
  return true;
}
static_assert(PointsAreInOrder());
static_assert(kPointCount == static_cast<size_t>(Point::kStoreLocalCommitted) + 1);

}  // namespace posthorn::failpoint
