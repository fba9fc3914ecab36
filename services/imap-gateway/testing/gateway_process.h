// The gateway's own program as a child, and a plain client of it.
#pragma once

#include <string>
#include <vector>

#include "common/testing/authority.h"
#include "common/testing/gateway_process.h"
#include "common/testing/line_client.h"

namespace posthorn::imap {

class GatewayProcess : public testing_support::GatewayProcess {
 public:
  GatewayProcess(testing_support::Authority& authority, int store_port,
                 const std::vector<std::string>& flags = {});
};

class Client : public testing_support::LineClient {
 public:
  explicit Client(int port);

  // Everything to the line that begins with `prefix`, that included, each line with CRLF.
  std::string Until(const std::string& prefix);
  // Sends it with the tag "t": everything up to the tagged line.
  std::string Command(const std::string& command);
  void LogIn();
};

}  // namespace posthorn::imap
