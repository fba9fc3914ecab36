#include "mailstore/db/pipeline.h"

#include <libpq-fe.h>

#include <memory>
#include <pqxx/except.hxx>
#include <utility>

namespace posthorn::store {
namespace {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

[[noreturn]] void Throw(const Result& failed) {
  const char* const state = PQresultErrorField(failed.get(), PG_DIAG_SQLSTATE);
  throw pqxx::sql_error(PQresultErrorMessage(failed.get()), "", state == nullptr ? "" : state);
}

}  // namespace

void Pipeline::Check(bool sent) {
  if (!sent) {
    throw pqxx::broken_connection(PQerrorMessage(session_.handle()));
  }
}

void Pipeline::Begin() {
  if (size_++ == 0) {
    Check(PQenterPipelineMode(session_.handle()) == 1);
  }
}

void Pipeline::Add(const char* prepared, const Parameters& parameters) {
  Begin();
  const size_t count = parameters.items_.size();
  std::vector<const char*> values(count);
  std::vector<int> lengths(count);
  std::vector<int> formats(count);
  for (size_t i = 0; i < count; ++i) {
    const Parameters::Item& item = parameters.items_[i];
    if (item.octets != nullptr) {
      values[i] = item.octets->get();
      lengths[i] = static_cast<int>(item.octets->size());
      formats[i] = 1;
    } else {
      values[i] = item.text.c_str();
    }
  }
  Check(PQsendQueryPrepared(session_.handle(), prepared, static_cast<int>(count), values.data(),
                            lengths.data(), formats.data(), 0) == 1);
}

void Pipeline::Add(const char* sql) {
  Begin();
  Check(PQsendQueryParams(session_.handle(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0) == 1);
}

void Pipeline::Finish(OnAnswer on_answer) {
  const size_t count = std::exchange(size_, 0);
  if (count == 0) {
    return;
  }
  PGconn* const connection = session_.handle();
  Check(PQpipelineSync(connection) == 1);
  Result failed;
  for (size_t i = 0; i < count; ++i) {
    // An answer, and the null that ends it.
    while (Result result{PQgetResult(connection)}) {
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_PIPELINE_ABORTED) {
        continue;
      }
      const bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
      on_answer(i, ok);
      if (!ok && failed == nullptr) {
        failed = std::move(result);
      }
      Check(PQstatus(connection) == CONNECTION_OK);
    }
  }
  const Result synced{PQgetResult(connection)};
  Check(PQresultStatus(synced.get()) == PGRES_PIPELINE_SYNC && PQexitPipelineMode(connection) == 1);
  if (failed != nullptr) {
    Throw(failed);
  }
}

}  // namespace posthorn::store
