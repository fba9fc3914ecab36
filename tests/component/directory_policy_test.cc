// Every method of the three services against every certificate, over the wire.
#include <google/protobuf/descriptor.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"
#include "directory_fixture.h"
#include "mailstore/auth/service_policy.h"

namespace posthorn::testing_support {
namespace {

class PolicyTest : public DirectoryTest {
 protected:
  // An empty request to the method: what comes back shows whether a handler was reached.
  static grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& method) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    grpc::GenericStub stub(channel);
    grpc::CompletionQueue queue;
    const grpc::Slice empty;
    const grpc::ByteBuffer request(&empty, 1);
    const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    grpc::ByteBuffer response;
    grpc::Status status;
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  static std::vector<std::string> Methods() {
    std::vector<std::string> methods = {"/grpc.health.v1.Health/Check"};
    for (const auto* file : {v1::AuthenticateRequest::descriptor()->file(),
                             v1::AddDomainRequest::descriptor()->file()}) {
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          methods.push_back(absl::StrCat("/", file->service(s)->full_name(), "/",
                                         file->service(s)->method(m)->name()));
        }
      }
    }
    return methods;
  }
};

TEST_F(PolicyTest, OnlyTheTablesServicesReachAHandler) {
  for (const char* service :
       {"smtp-gateway", "pop3-gateway", "imap-gateway", "mailctl", "mailstore", "edge", "admin"}) {
    const auto channel = server_.Channel(service);
    for (const std::string& method : Methods()) {
      const grpc::Status status = Ask(channel, method);
      if (store::MayCall(service, method)) {
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
            << service << " " << method;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
      } else {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
            << service << " " << method;
      }
    }
  }
}

TEST_F(PolicyTest, ACertificateOfAnotherAuthorityIsNoneAtAll) {
  Authority stranger;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("mailstore");
  // It trusts the server, but the server does not trust it.
  rpc::CertificateFiles files = stranger.Issue("mailctl");
  files.ca = authority_.Issue("mailctl").ca;
  const auto channel =
      grpc::CreateCustomChannel(server_.address(), rpc::ChannelCredentials(files), arguments);
  EXPECT_EQ(Ask(channel, "/posthorn.v1.Admin/ListDomains").error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(PolicyTest, WithoutTlsThereIsNoAnswer) {
  const auto channel = grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials());
  EXPECT_EQ(Ask(channel, "/posthorn.v1.Admin/ListDomains").error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace posthorn::testing_support
