// Table greylist: triplets of client network, sender and recipient that were seen, and networks
// whose mail has passed. Blocks; for Pool::Run; throws what libpqxx throws.
#pragma once

#include <cstdint>
#include <string>

#include "mailstore/db/connection.h"

namespace posthorn::store {

struct GreylistQuery {
  std::string network_key;  // 32 octets each
  std::string triplet_key;
  int64_t delay_seconds = 0;
};

struct GreylistAnswer {
  bool pass = false;
  int64_t wait_seconds = 0;  // at least 1 if it may not pass
};

// Looks, and writes down that it was seen (policy.proto has the rules). A crash of the database may
// forget the last of it.
GreylistAnswer CheckGreylist(Connection& connection, const GreylistQuery& query);

}  // namespace posthorn::store
