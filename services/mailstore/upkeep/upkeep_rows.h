// What is deleted in the background: a step each, in a transaction of its own, so that locks and
// transactions stay short. All block, for Pool::Run; they throw what libpqxx throws.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

// How much one step may delete.
inline constexpr int kUpkeepBodies = 500;
inline constexpr int kUpkeepRows = 10'000;

// Each returns whether there may be more to do. `now` and `before` are Unix seconds. A step that
// another replica is at, is left to it: false.

// Bodies that are due, with their pieces: of removed messages, and of uploads that never finished.
absl::StatusOr<bool> DeleteDueBodies(Connection& connection, int64_t now);
// Results of writes, recorded before that time.
absl::StatusOr<bool> DeleteOldResults(Connection& connection, int64_t before);
// Reservations of MODSEQs (storage/crash_recovery.h), so that a crash concerns only mailboxes whose
// flags were changed lately. A mailbox in use just then keeps its own.
absl::StatusOr<bool> EndReservations(Connection& connection);
// What the outbound queue keeps for a while: lines of the delivery log from before `log_before`,
// and what is over of sites, slots, counts of sent mail, greylisting, counted events, policies of
// TLS and counts of its sessions.
absl::StatusOr<bool> TrimQueue(Connection& connection, int64_t now, int64_t log_before);
// The change log before that time; mailboxes remember from where on theirs is whole.
absl::StatusOr<bool> TrimChangeLog(Connection& connection, int64_t before);

}  // namespace posthorn::store
