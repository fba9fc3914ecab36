#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace posthorn::rpc {

// "/posthorn.v1.Mailbox/GetStatus" of Mailbox and GetStatusRequest: requests are named after their
// methods.
template <class Service, class Request>
const std::string& MethodPath() {
  static const std::string* path =
      new std::string(absl::StrCat("/", Service::service_full_name(), "/",
                                   absl::StripSuffix(Request::descriptor()->name(), "Request")));
  return *path;
}

}  // namespace posthorn::rpc
