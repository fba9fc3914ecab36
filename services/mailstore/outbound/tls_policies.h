// The calls of the Outbound service (outbound.proto) that are about TLS policies.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "absl/status/status.h"
#include "mailstore/db/pool.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Request and response must live until the call has ended.

// NOT_FOUND (REASON_NOT_FOUND) if no policy is known or it is over.
boost::asio::awaitable<absl::Status> GetStsPolicy(Pool& database,
                                                  const v1::GetStsPolicyRequest& request,
                                                  v1::GetStsPolicyResponse& response);
boost::asio::awaitable<absl::Status> PutStsPolicy(Pool& database,
                                                  const v1::PutStsPolicyRequest& request);
// At most 1,000 kinds of sessions.
boost::asio::awaitable<absl::Status> CountTlsSessions(Pool& database,
                                                      const v1::CountTlsSessionsRequest& request);

}  // namespace posthorn::store
