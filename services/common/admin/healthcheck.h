// The client side of the admin port: what a container's HEALTHCHECK runs.
#pragma once

#include <chrono>
#include <string>

namespace posthorn::admin {

// Asks /healthz/ready of the admin server on this machine that listens on `listen` (host:port).
// Blocks for at most `limit`; no answer by then is a no.
bool AskReady(const std::string& listen, std::chrono::milliseconds limit = std::chrono::seconds(3));

}  // namespace posthorn::admin
