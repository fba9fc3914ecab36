// A transaction over several statements, READ COMMITTED.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <pqxx/nontransaction.hxx>
#include <string>
#include <utility>
#include <vector>

#include "mailstore/db/connection.h"
#include "mailstore/db/pipeline.h"

namespace posthorn::store {

// Begins with the first statement; rolled back when it goes without Commit(). Throws what libpqxx
// throws.
class Transaction {
 public:
  explicit Transaction(Connection& connection)
      : connection_(Opened(connection)),
        wait_(std::in_place, connection_.watched()),
        work_(std::in_place, *connection_.session_),
        pipeline_(*connection_.session_) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  template <typename... Args>
  pqxx::result Exec(const Statement& statement, Args&&... args) {
    Settle();
    return connection_.ExecOn(*work_, statement, std::forward<Args>(args)...);
  }
  // Without waiting: it is sent with those after it, and what fails is thrown when the next
  // Exec...(), Select...() or Commit...() has sent it. For what has no result to read.
  template <typename... Args>
  void Post(const Statement& statement, const Args&... args) {
    BeginPosting(statement);
    pipeline_.Add(statement.name, Parameters(args...));
    posted_.push_back(statement.name);
  }
  // As Exec(), of parameters that are arrays of numbers. The first statement of a transaction is in
  // the round trip of its beginning.
  pqxx::result ExecNumbers(const Statement& statement,
                           std::initializer_list<std::vector<int64_t>> arrays);
  // Likewise, of text as it is.
  pqxx::result ExecText(const char* name, const std::string& sql);
  // Rows in binary; `cursor` names the cursor and must be unique within the transaction.
  pqxx::result SelectBinary(const char* name, const std::string& cursor,
                            const std::string& select) {
    return ExecText(name, "DECLARE " + cursor + " BINARY CURSOR FOR " + select + "; FETCH ALL " +
                              cursor + "; ");
  }
  // Durable when it returns, and the session is free for another transaction. When the session is
  // lost meanwhile the outcome is unknown, which RunGuarded() reports as REASON_OUTCOME_UNKNOWN.
  void Commit() { CommitWith(nullptr); }
  // The same, but durable only some hundred milliseconds later: until then a crash of the database
  // takes it back, with all that was committed so after it. A Commit() after it, of any session,
  // makes it durable first.
  void CommitLater() { CommitWith("SET LOCAL synchronous_commit = off"); }

 private:
  static Connection& Opened(Connection& connection) {
    connection.Open();
    return connection;
  }
  void PostText(const char* name, const char* sql);
  void Prepare(const Statement& statement);
  void BeginPosting(const Statement& first);
  void Settle();
  void Finish();
  void CommitWith(const char* setting);
  void FinishCommit();
  void Leave(bool usable);

  Connection& connection_;
  std::optional<Watchdog::Wait> wait_;  // also while it is rolled back
  std::optional<pqxx::nontransaction> work_;
  Pipeline pipeline_;
  std::vector<const char*> posted_;  // what is in pipeline_
  const char* last_answered_ = nullptr;
  bool last_ok_ = false;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace posthorn::store
