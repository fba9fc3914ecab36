// Sites as administrators see them (queue_site). All functions block and are for Pool::Run; they
// throw what libpqxx throws.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailstore/db/connection.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// By name, those after `after`, at most `limit`.
std::vector<v1::Site> ListSites(Connection& connection, const std::string& after, int limit);

// Suspends a site, known or not, or resumes one, which is then tried at once. NOT_FOUND
// (REASON_NOT_FOUND) if one that is to be resumed is not known.
absl::Status ChangeSite(Connection& connection, const std::string& site, bool suspend);

}  // namespace posthorn::store
