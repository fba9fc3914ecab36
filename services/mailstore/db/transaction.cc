#include "mailstore/db/transaction.h"

#include <chrono>
#include <pqxx/except.hxx>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace posthorn::store {
namespace {

// Names in metrics, and SQL.
constexpr const char* kBegin = "begin";
constexpr const char* kCommit = "commit";

// Of an error that ended the session: the server was told to stop, or to end this session.
bool EndsSession(const pqxx::sql_error& error) {
  return absl::StartsWith(error.sqlstate(), "57P") || absl::StartsWith(error.sqlstate(), "08");
}

}  // namespace

Transaction::~Transaction() {
  if (ended_) {
    return;
  }
  bool usable = posted_.empty() && connection_.connected() && connection_.session_->is_open();
  try {
    if (usable && begun_) {
      work_->exec("ROLLBACK");
    }
  } catch (...) {
    usable = false;  // the session goes, and with it the transaction
  }
  Leave(usable);
}

// The session is free for others, if it is usable.
void Transaction::Leave(bool usable) {
  work_.reset();
  wait_.reset();
  if (!usable) {
    connection_.Disconnect();
  }
}

pqxx::result Transaction::ExecNumbers(const Statement& statement,
                                      std::initializer_list<std::vector<int64_t>> arrays) {
  Prepare(statement);
  std::string sql = absl::StrCat("EXECUTE \"", statement.name, "\" (");
  const char* separator = "";
  for (const std::vector<int64_t>& numbers : arrays) {
    absl::StrAppend(&sql, separator, "'{", absl::StrJoin(numbers, ","), "}'");
    separator = ", ";
  }
  sql += ")";
  return ExecText(statement.name, sql);
}

pqxx::result Transaction::ExecText(const char* name, const std::string& sql) {
  if (!begun_) {
    begun_ = true;
    return connection_.Observe(name, [&] { return work_->exec(absl::StrCat(kBegin, "; ", sql)); });
  }
  Settle();
  return connection_.Observe(name, [&] { return work_->exec(sql); });
}

void Transaction::PostText(const char* name, const char* sql) {
  pipeline_.Add(sql);
  posted_.push_back(name);
}

void Transaction::Prepare(const Statement& statement) {
  if (!connection_.IsPrepared(statement)) {
    Finish();
    connection_.Prepare(statement);
  }
}

void Transaction::BeginPosting(const Statement& first) {
  Prepare(first);
  if (!begun_) {
    begun_ = true;
    PostText(kBegin, kBegin);
  }
}

// Nothing is posted, and the transaction has begun.
void Transaction::Settle() {
  if (!begun_) {
    begun_ = true;
    connection_.Observe(kBegin, [this] { return work_->exec(kBegin); });
  } else {
    Finish();
  }
}

void Transaction::Finish() {
  if (posted_.empty()) {
    return;
  }
  using Clock = std::chrono::steady_clock;
  const Watchdog::Wait wait(connection_.watched());
  auto sent = Clock::now();
  try {
    pipeline_.Finish([&](size_t i, bool ok) {
      const auto now = Clock::now();
      connection_.Report(posted_[i], now - sent, ok);
      sent = now;
      last_answered_ = posted_[i];
      last_ok_ = ok;
    });
  } catch (const pqxx::sql_error&) {
    posted_.clear();
    throw;
  }
  posted_.clear();
}

void Transaction::CommitWith(const char* setting) {
  if (begun_) {
    if (setting != nullptr) {
      PostText("commit_later", setting);
    }
    PostText(kCommit, kCommit);
    FinishCommit();
  }
  ended_ = true;
  Leave(posted_.empty());
}

void Transaction::FinishCommit() {
  const auto answered = [this] { return last_answered_ == kCommit; };
  try {
    Finish();
  } catch (const pqxx::broken_connection& e) {
    if (!answered() || !last_ok_) {
      throw pqxx::in_doubt_error(e.what());
    }
  } catch (const pqxx::sql_error& e) {
    if (answered() && EndsSession(e)) {
      throw pqxx::in_doubt_error(e.what());
    }
    throw;
  }
}

}  // namespace posthorn::store
