// Makes DKIM keys.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "mailstore/auth/hash_pool.h"
#include "mailstore/outbound/dkim_key_rows.h"

namespace posthorn::store {

// On a thread of the pool: RSA takes a tenth of a second and more.
boost::asio::awaitable<absl::StatusOr<NewDkimKey>> MakeDkimKey(HashPool& threads,
                                                               v1::DkimAlgorithm algorithm);

// What a new domain signs with: a key of each algorithm.
using FirstDkimKeys = std::vector<NewDkimKey>;
boost::asio::awaitable<absl::StatusOr<FirstDkimKeys>> MakeFirstDkimKeys(HashPool& threads);

}  // namespace posthorn::store
