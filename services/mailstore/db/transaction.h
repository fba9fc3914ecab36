// A transaction over several statements, READ COMMITTED.
#pragma once

#include <pqxx/transaction.hxx>
#include <string>
#include <utility>

#include "mailstore/db/connection.h"

namespace posthorn::store {

// Rolled back when it goes without Commit(). Throws what libpqxx throws.
class Transaction {
 public:
  explicit Transaction(Connection& connection)
      : connection_(Opened(connection)),
        wait_(connection_.watched()),
        work_(*connection_.session_) {}

  template <typename... Args>
  pqxx::result Exec(const Statement& statement, Args&&... args) {
    return connection_.ExecOn(work_, statement, std::forward<Args>(args)...);
  }
  pqxx::result ExecText(const char* name, const std::string& sql) {
    return connection_.Observe(name, [&] { return work_.exec(sql); });
  }
  // Rows in binary; `cursor` names the cursor and must be unique within the transaction.
  pqxx::result SelectBinary(const char* name, const std::string& cursor,
                            const std::string& select) {
    return ExecText(name, "DECLARE " + cursor + " BINARY CURSOR FOR " + select + "; FETCH ALL " +
                              cursor + "; ");
  }
  // Durable when it returns. When the session is lost meanwhile the outcome is unknown, which
  // RunGuarded() reports as REASON_OUTCOME_UNKNOWN.
  void Commit() {
    connection_.Observe("commit", [&] {
      work_.commit();
      return pqxx::result();
    });
  }
  // The same, but durable only some hundred milliseconds later: until then a crash of the database
  // takes it back, with all that was committed so after it. A Commit() after it, of any session,
  // makes it durable first.
  void CommitLater() {
    ExecText("commit_later", "SET LOCAL synchronous_commit = off");
    Commit();
  }

 private:
  static Connection& Opened(Connection& connection) {
    connection.Open();
    return connection;
  }

  Connection& connection_;
  const Watchdog::Wait wait_;  // also while work_ is begun and rolled back
  pqxx::work work_;
};

}  // namespace posthorn::store
