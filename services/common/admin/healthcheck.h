// The client side of the admin port: what a container's HEALTHCHECK runs.
#pragma once

#include <string>

namespace posthorn::admin {

// Asks /healthz/ready of the admin server on this machine that listens on `listen` (host:port).
// Blocks for at most 3 seconds.
bool AskReady(const std::string& listen);

}  // namespace posthorn::admin
