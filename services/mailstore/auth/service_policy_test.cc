#include "mailstore/auth/service_policy.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "posthorn/v1/auth.pb.h"
#include "posthorn/v1/changes.pb.h"
#include "posthorn/v1/delivery.pb.h"
#include "posthorn/v1/directory.pb.h"
#include "posthorn/v1/mailbox.pb.h"
#include "posthorn/v1/maildrop.pb.h"
#include "posthorn/v1/message.pb.h"
#include "posthorn/v1/metadata.pb.h"
#include "posthorn/v1/outbound.pb.h"
#include "posthorn/v1/policy.pb.h"
#include "posthorn/v1/url_access.pb.h"

namespace posthorn::store {
namespace {

// Every method of the contract, from the contract itself: a new one shows up here.
std::set<std::string> AllMethods() {
  std::set<std::string> methods;
  for (const auto* file :
       {v1::AuthenticateRequest::descriptor()->file(), v1::WatchRequest::descriptor()->file(),
        v1::DeliverRequest::descriptor()->file(), v1::AddDomainRequest::descriptor()->file(),
        v1::LockMaildropRequest::descriptor()->file(), v1::GetStatusRequest::descriptor()->file(),
        v1::SearchRequest::descriptor()->file(), v1::SignUrlRequest::descriptor()->file(),
        v1::GetMetadataRequest::descriptor()->file(), v1::ClaimWorkRequest::descriptor()->file(),
        v1::CheckGreylistRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        methods.insert(absl::StrCat("/", service->full_name(), "/", service->method(m)->name()));
      }
    }
  }
  return methods;
}

std::set<std::string> AllowedTo(absl::string_view service) {
  std::set<std::string> allowed;
  for (const std::string& method : AllMethods()) {
    if (MayCall(service, method)) {
      allowed.insert(method);
    }
  }
  return allowed;
}

std::set<std::string> MethodsOf(std::initializer_list<absl::string_view> services) {
  std::set<std::string> methods;
  for (const std::string& method : AllMethods()) {
    for (absl::string_view service : services) {
      if (method.find(absl::StrCat("/posthorn.v1.", service, "/")) == 0) {
        methods.insert(method);
      }
    }
  }
  return methods;
}

TEST(ServicePolicy, EachServiceHasItsMethodsAndNoOther) {
  EXPECT_EQ(AllowedTo("smtp-gateway"),
            MethodsOf({"Auth", "Directory", "Delivery", "Outbound", "Policy"}));
  std::set<std::string> pop3 = MethodsOf({"Auth", "Maildrop"});
  pop3.insert("/posthorn.v1.Message/FetchBody");
  EXPECT_EQ(AllowedTo("pop3-gateway"), pop3);
  EXPECT_EQ(AllowedTo("imap-gateway"),
            MethodsOf({"Auth", "Mailbox", "Message", "Metadata", "Changes", "UrlAccess"}));
  EXPECT_EQ(AllowedTo("mailctl"), MethodsOf({"Admin", "QueueAdmin"}));
}

TEST(ServicePolicy, OthersHaveNone) {
  for (const char* name : {"", "mailstore", "IMAP-GATEWAY", "imap-gateway ", "mailctl\n", "edge"}) {
    EXPECT_TRUE(AllowedTo(name).empty()) << name;
  }
}

TEST(ServicePolicy, NobodyReachesWhatTheContractHasNot) {
  for (const char* service : {"smtp-gateway", "pop3-gateway", "imap-gateway", "mailctl"}) {
    for (const char* method :
         {"", "/", "/posthorn.v1.Auth", "posthorn.v1.Auth/Authenticate", "/posthorn.v1.Authx/Y",
          "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
          "/posthorn.v1.Message/FetchBodyX", "/grpc.health.v1.Healthy/Check"}) {
      if (absl::string_view(service) == "imap-gateway" &&
          absl::string_view(method) == "/posthorn.v1.Message/FetchBodyX") {
        continue;  // its whole service is open to it; gRPC answers UNIMPLEMENTED
      }
      EXPECT_FALSE(MayCall(service, method)) << service << " " << method;
    }
  }
}

TEST(ServicePolicy, HealthIsForEveryKnownService) {
  for (const char* service :
       {"smtp-gateway", "pop3-gateway", "imap-gateway", "mailctl", "mailstore"}) {
    EXPECT_TRUE(MayCall(service, "/grpc.health.v1.Health/Check"));
    EXPECT_TRUE(MayCall(service, "/grpc.health.v1.Health/Watch"));
  }
  EXPECT_FALSE(MayCall("edge", "/grpc.health.v1.Health/Check"));
}

}  // namespace
}  // namespace posthorn::store
