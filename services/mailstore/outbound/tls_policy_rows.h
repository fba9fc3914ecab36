// Table sts_policy: what workers know of how domains want to be sent to. All functions block and
// are for Pool::Run; they throw what libpqxx throws.
#pragma once

#include <optional>
#include <string>

#include "mailstore/db/connection.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Nothing if none is known or its max_age is over (RFC 8461 3.2); max_age_seconds is what is left.
std::optional<v1::StsPolicy> LoadStsPolicy(Connection& connection, const std::string& domain);
// It was fetched now.
void SaveStsPolicy(Connection& connection, const std::string& domain, const v1::StsPolicy& policy);

}  // namespace posthorn::store
