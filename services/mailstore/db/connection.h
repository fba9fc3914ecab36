// One session with PostgreSQL.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <pqxx/errorhandler.hxx>
#include <pqxx/nontransaction.hxx>
#include <pqxx/result.hxx>
#include <pqxx/result_iterator.hxx>
#include <string>
#include <unordered_set>
#include <utility>

#include "mailstore/db/session.h"
#include "mailstore/db/statement.h"
#include "mailstore/db/watchdog.h"

namespace posthorn::store {

// Told of every statement that ran, from the thread that ran it.
class QueryObserver {
 public:
  virtual ~QueryObserver() = default;
  virtual void OnQuery(const char* statement, std::chrono::steady_clock::duration took,
                       bool ok) = 0;
};

class Connection;

struct ConnectionOptions {
  std::string url;  // libpq: URI or keywords; WithTimeouts() adds to it
  std::string application_name = "posthorn";
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::milliseconds idle_in_transaction_timeout{20'000};
  // off: a commit returns before it is on disk. For what may be lost.
  bool synchronous_commit = true;
  QueryObserver* observer = nullptr;  // may be null; must outlive the connection
  // Gives the session up when a statement is not answered within its timeout and a little more.
  Watchdog* watchdog = nullptr;  // may be null; must outlive the connection
  // Called with each new session before anything else uses it, unless null. When it throws there is
  // no session.
  void (*on_open)(Connection&) = nullptr;
};

// Not thread-safe: used by one thread at a time. Connects when first used and after Disconnect().
// Functions throw what libpqxx throws; RunGuarded() and Pool::Run() turn that into a Status, and no
// exception leaves them.
class Connection {
 public:
  explicit Connection(ConnectionOptions options) : options_(std::move(options)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement in a transaction of its own: one round trip. It may run twice when the session
  // breaks, so it reads, or writes what can be written twice. Other writes need a Transaction.
  template <typename... Args>
  pqxx::result Exec(const Statement& statement, Args&&... args) {
    Open();
    pqxx::nontransaction work(*session_);
    return ExecOn(work, statement, std::forward<Args>(args)...);
  }

  // A SELECT whose rows come in binary (see binary_row.h). It has no parameters: the caller writes
  // numbers, and nothing but numbers, into its text.
  pqxx::result SelectBinary(const char* name, const std::string& select);

  // Text as it is, any number of statements.
  pqxx::result ExecText(const char* name, const std::string& sql);

  void Open();
  void Disconnect();
  bool connected() const { return session_ != nullptr; }
  // For LISTEN. Open() first.
  Session& session() { return *session_; }

 private:
  friend class Transaction;

  template <typename Work, typename... Args>
  pqxx::result ExecOn(Work& work, const Statement& statement, Args&&... args) {
    return Observe(statement.name, [&] {
      Prepare(statement);
      return work.exec_prepared(statement.name, std::forward<Args>(args)...);
    });
  }

  template <typename Fn>
  pqxx::result Observe(const char* name, Fn fn) {
    const Watchdog::Wait wait(watched());
    const auto start = std::chrono::steady_clock::now();
    const auto took = [start] { return std::chrono::steady_clock::now() - start; };
    try {
      pqxx::result result = fn();
      Report(name, took(), true);
      return result;
    } catch (...) {
      Report(name, took(), false);
      throw;
    }
  }

  Watchdog::Session* watched() { return watched_ ? &*watched_ : nullptr; }
  void Connect();
  bool IsPrepared(const Statement& statement) const { return prepared_.contains(statement.name); }
  void Prepare(const Statement& statement);
  void Report(const char* name, std::chrono::steady_clock::duration took, bool ok);

  ConnectionOptions options_;
  std::unique_ptr<Session> session_;
  std::optional<Watchdog::Session> watched_;         // session_; before it in destruction
  std::unique_ptr<pqxx::quiet_errorhandler> quiet_;  // before session_ in destruction
  std::unordered_set<const char*> prepared_;         // by address: statements are constants
};

}  // namespace posthorn::store
