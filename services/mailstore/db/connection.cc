#include "mailstore/db/connection.h"

#include "absl/strings/str_cat.h"
#include "mailstore/db/connection_url.h"

namespace posthorn::store {
namespace {

// That the server cancels a statement at its timeout takes until its answer has come.
constexpr std::chrono::seconds kAnswerGrace{5};

}  // namespace

void Connection::Open() {
  if (session_ != nullptr && session_->is_open()) {
    return;
  }
  Disconnect();
  try {
    Connect();
    if (options_.on_open != nullptr) {
      options_.on_open(*this);
    }
  } catch (...) {
    Disconnect();
    throw;
  }
}

void Connection::Connect() {
  auto session = std::make_unique<Session>(WithTimeouts(options_.url));
  // A session that breaks must be noticed: prepared statements and settings would be gone. (The
  // call is deprecated because libpqxx 7 no longer reconnects at all.)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  session->inhibit_reactivation(true);
#pragma clang diagnostic pop
  quiet_ = std::make_unique<pqxx::quiet_errorhandler>(*session);
  session_ = std::move(session);
  if (options_.watchdog != nullptr) {
    watched_.emplace(*options_.watchdog, session_->sock(),
                     options_.statement_timeout + kAnswerGrace);
  }
  const std::string settings = absl::StrCat(
      "SET statement_timeout = ", options_.statement_timeout.count(),
      "; SET idle_in_transaction_session_timeout = ", options_.idle_in_transaction_timeout.count(),
      "; SET synchronous_commit = ", options_.synchronous_commit ? "on" : "off",
      "; SET plan_cache_mode = force_generic_plan; SET jit = off; SET client_encoding = 'UTF8'",
      "; SET client_min_messages = warning",
      "; SET application_name = ", session_->quote(options_.application_name));
  const Watchdog::Wait wait(watched());
  pqxx::nontransaction work(*session_);
  work.exec(settings);
}

void Connection::Disconnect() {
  prepared_.clear();
  quiet_.reset();
  watched_.reset();
  session_.reset();
}

pqxx::result Connection::SelectBinary(const char* name, const std::string& select) {
  return ExecText(name, absl::StrCat("DECLARE c BINARY CURSOR FOR ", select, "; FETCH ALL c"));
}

pqxx::result Connection::ExecText(const char* name, const std::string& sql) {
  Open();
  pqxx::nontransaction work(*session_);
  return Observe(name, [&] { return work.exec(sql); });
}

void Connection::Prepare(const Statement& statement) {
  if (IsPrepared(statement)) {
    return;
  }
  session_->prepare(statement.name, statement.sql);
  session_->prepare_now(statement.name);
  prepared_.insert(statement.name);
}

void Connection::Report(const char* name, std::chrono::steady_clock::duration took, bool ok) {
  if (options_.observer != nullptr) {
    options_.observer->OnQuery(name, took, ok);
  }
}

}  // namespace posthorn::store
