// The filters that a message passes before it is delivered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "smtp-gateway/filter/filter_metrics.h"
#include "smtp-gateway/filter/filter_options.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/filter/milter_chain.h"
#include "smtp-gateway/filter/verdict.h"

namespace posthorn::filter {

// Thread-safe; outlives the sessions.
class Filters {
 public:
  explicit Filters(FilterOptions options);

  // The flags' filters; null if there are none.
  static absl::StatusOr<std::unique_ptr<Filters>> FromFlags();

  // Asks one after the other until one refuses. They may have changed the message and its envelope
  // then, which are delivered as they are after this, or not at all.
  // `milters` are those of the session, which know of its commands; null if there are none.
  asio::awaitable<Verdict> Run(const Client& client, Envelope& envelope, HeldMessage& message,
                               MilterChain* milters) const;

  // The milters for one session; null if there are none.
  std::unique_ptr<MilterChain> NewMilters() const;

  SpoolSpace& space() const { return space_; }

 private:
  asio::awaitable<Verdict> RunRspamd(const Client& client, const Envelope& envelope,
                                     HeldMessage& message) const;

  const FilterOptions options_;
  mutable SpoolSpace space_;
  FilterMetrics metrics_;
};

}  // namespace posthorn::filter
