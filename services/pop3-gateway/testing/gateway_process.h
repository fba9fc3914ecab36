// The gateway's own program as a child, and a plain client of it.
#pragma once

#include <string>
#include <vector>

#include "common/testing/authority.h"
#include "common/testing/gateway_process.h"
#include "common/testing/line_client.h"

namespace posthorn::pop3 {

class GatewayProcess : public testing_support::GatewayProcess {
 public:
  GatewayProcess(testing_support::Authority& authority, int store_port,
                 const std::vector<std::string>& flags = {});
};

class Client : public testing_support::LineClient {
 public:
  explicit Client(int port);

  // The lines up to ".", unstuffed, each with CRLF.
  std::string Lines();
  // Sends the command and returns the first line of the response.
  std::string Command(const std::string& command);
  void LogIn();
};

}  // namespace posthorn::pop3
