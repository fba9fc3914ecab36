#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/testing/authority.h"

namespace posthorn::testing_support {

// A gateway's own program as a child; killed with the object. One that has ended before, and not
// because it was drained, fails the test.
class GatewayProcess {
 public:
  // `listen` is the flag of its port in the clear. Returns when the program is ready. `flags` come
  // after those that every gateway needs.
  GatewayProcess(Authority& authority, const std::string& service, const std::string& program,
                 const std::string& listen, int store_port, const std::vector<std::string>& flags);
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  int port() const { return port_; }
  // SIGTERM.
  void Drain();
  // The exit code. A gateway that takes minutes fails the test.
  int AwaitExit();

 private:
  int port_;
  pid_t pid_ = -1;
  bool drained_ = false;
};

}  // namespace posthorn::testing_support
