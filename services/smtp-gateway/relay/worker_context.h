// What the workers of one executor share.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "smtp-gateway/relay/data_sent_notes.h"
#include "smtp-gateway/relay/drain_bell.h"

namespace posthorn::relay {

// Lives as long as the process; used on its executor.
struct WorkerContext {
  WorkerContext(WorkSource& source, const std::string& worker_id,
                const asio::any_io_executor& its_executor)
      : executor(its_executor), notes(source, worker_id, its_executor) {}

  const asio::any_io_executor executor;
  DataSentNotes notes;
  DrainBell drain;
};

}  // namespace posthorn::relay
