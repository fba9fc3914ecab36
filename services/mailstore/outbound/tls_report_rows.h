// Tables tls_session_count and tls_report_receiver: what became of TLS sessions, and who wants to
// know. All functions block and throw what libpqxx throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Adds to the counts of today (RFC 8460 4.1: UTC), and keeps the receivers. A crash of the database
// may forget the last of it.
void AddTlsSessions(Connection& connection, const v1::CountTlsSessionsRequest& request);

// Which reports are due.
enum class TlsReportScope {
  kSpread,  // of days that are over, each domain's at its own time in the four hours after midnight
  kOver,    // of days that are over
  kToday,   // of this day too
};
struct DueTlsReport {
  int32_t day = 0;  // since 1970
  std::string domain;
  std::vector<std::string> addresses;
};
// By day and domain, those after `after`.
std::vector<DueTlsReport> FindDueTlsReports(Connection& connection, TlsReportScope scope,
                                            const DueTlsReport& after, int limit);

// Sessions for a report.
struct TakenTlsSessions {
  int64_t begins_at = 0;  // Unix seconds, first and last one
  int64_t ends_at = 0;
  int64_t now = 0;
  std::vector<v1::TlsSessions> sessions;  // those that failed most first
};
// Takes the counts out of the table, of which the 1,000 that weigh most are returned; locks the
// domain's row. Nothing if another replica has taken them, or is about to.
std::optional<TakenTlsSessions> TakeTlsSessions(Transaction& transaction, const DueTlsReport& due);

}  // namespace posthorn::store
