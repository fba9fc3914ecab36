#include "mailstore/auth/service_policy.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::store {
namespace {

struct Rule {
  absl::string_view service;  // common name of its certificate
  absl::string_view methods;  // a prefix that ends with '/', or one whole method
};

// The whole policy. Reflection and anything else that is not here is refused.
constexpr Rule kRules[] = {
    // Each call over a link is checked by itself.
    {"smtp-gateway", "/posthorn.v1.Link/"},
    {"pop3-gateway", "/posthorn.v1.Link/"},
    {"imap-gateway", "/posthorn.v1.Link/"},

    {"smtp-gateway", "/posthorn.v1.Auth/"},
    {"smtp-gateway", "/posthorn.v1.Directory/"},
    {"smtp-gateway", "/posthorn.v1.Delivery/"},
    {"smtp-gateway", "/posthorn.v1.Outbound/"},
    {"smtp-gateway", "/posthorn.v1.Policy/"},

    {"pop3-gateway", "/posthorn.v1.Auth/"},
    {"pop3-gateway", "/posthorn.v1.Maildrop/"},
    {"pop3-gateway", "/posthorn.v1.Message/FetchBody"},

    {"imap-gateway", "/posthorn.v1.Auth/"},
    {"imap-gateway", "/posthorn.v1.Mailbox/"},
    {"imap-gateway", "/posthorn.v1.Message/"},
    {"imap-gateway", "/posthorn.v1.Metadata/"},
    {"imap-gateway", "/posthorn.v1.Changes/"},
    {"imap-gateway", "/posthorn.v1.UrlAccess/"},

    {"mailctl", "/posthorn.v1.Admin/"},
    {"mailctl", "/posthorn.v1.QueueAdmin/"},
};

constexpr absl::string_view kServices[] = {"smtp-gateway", "pop3-gateway", "imap-gateway",
                                           "mailctl", "mailstore"};
constexpr absl::string_view kHealth = "/grpc.health.v1.Health/";

bool Covers(absl::string_view methods, absl::string_view method) {
  return absl::EndsWith(methods, "/") ? absl::StartsWith(method, methods) : method == methods;
}

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

bool MayCall(absl::string_view service, absl::string_view method) {
  for (const Rule& rule : kRules) {
    if (rule.service == service && Covers(rule.methods, method)) {
      return true;
    }
  }
  if (Covers(kHealth, method)) {
    for (absl::string_view known : kServices) {
      if (known == service) {
        return true;
      }
    }
  }
  return false;
}

grpc::Status ServicePolicy::Process(const InputMetadata& metadata, grpc::AuthContext* peer,
                                    OutputMetadata* /*consumed*/, OutputMetadata* /*response*/) {
  const auto names = peer->FindPropertyValues("x509_common_name");
  if (!peer->IsPeerAuthenticated() || names.size() != 1) {
    return {grpc::StatusCode::UNAUTHENTICATED, "no verified client certificate"};
  }
  const absl::string_view service = View(names.front());
  const auto path = metadata.find(":path");
  const absl::string_view method = path == metadata.end() ? "" : View(path->second);
  if (MayCall(service, method)) {
    return grpc::Status::OK;
  }
  return {grpc::StatusCode::PERMISSION_DENIED,
          absl::StrCat("the service ", service.substr(0, 64), " may not call this method")};
}

}  // namespace posthorn::store
