// Permissions to end messages: NoteDataSent for the leases of a message. What is asked for while a
// call is under way goes with the next one, so that a call serves many connections.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/relay/work_source.h"

namespace posthorn::relay {

// For the workers of one executor, on which all of it runs. Outlives its permits and calls.
class DataSentNotes {
 public:
  DataSentNotes(WorkSource& source, std::string worker_id, asio::any_io_executor executor)
      : source_(source), worker_id_(std::move(worker_id)), executor_(std::move(executor)) {}

  // Errors of the permit: ABORTED if a lease is lost, and those of the call.
  std::unique_ptr<client::EndPermit> PermitFor(std::vector<v1::Lease> leases);

  const asio::any_io_executor& executor() const { return executor_; }

 private:
  class Permit;
  struct Entry;

  asio::awaitable<void> Run();
  asio::awaitable<void> Note(const std::vector<std::shared_ptr<Entry>>& entries);

  WorkSource& source_;
  const std::string worker_id_;
  const asio::any_io_executor executor_;
  std::vector<std::shared_ptr<Entry>> asked_;
  bool running_ = false;
};

}  // namespace posthorn::relay
