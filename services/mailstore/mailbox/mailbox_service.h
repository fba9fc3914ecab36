// The Mailbox service (mailbox.proto).
#pragma once

#include <string>

#include "common/rpc/link_server.h"
#include "common/rpc/server_call.h"
#include "common/runtime/runtime.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/store.h"
#include "posthorn/v1/mailbox.grpc.pb.h"

namespace posthorn::store {

class MailboxService final : public v1::Mailbox::CallbackService {
 public:
  MailboxService(runtime::Runtime& runtime, Store& store, const TicketSigner& tickets)
      : runtime_(runtime), store_(store), tickets_(tickets) {}

  // Adds what links answer of this service.
  void Serve(rpc::LinkMethods& methods);

  grpc::ServerUnaryReactor* ListMailboxes(grpc::CallbackServerContext* context,
                                          const v1::ListMailboxesRequest* request,
                                          v1::ListMailboxesResponse* response) override;
  grpc::ServerUnaryReactor* CreateMailbox(grpc::CallbackServerContext* context,
                                          const v1::CreateMailboxRequest* request,
                                          v1::CreateMailboxResponse* response) override;
  grpc::ServerUnaryReactor* DeleteMailbox(grpc::CallbackServerContext* context,
                                          const v1::DeleteMailboxRequest* request,
                                          v1::DeleteMailboxResponse* response) override;
  grpc::ServerUnaryReactor* RenameMailbox(grpc::CallbackServerContext* context,
                                          const v1::RenameMailboxRequest* request,
                                          v1::RenameMailboxResponse* response) override;
  grpc::ServerUnaryReactor* SetSubscribed(grpc::CallbackServerContext* context,
                                          const v1::SetSubscribedRequest* request,
                                          v1::SetSubscribedResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* GetAcl(grpc::CallbackServerContext* context,
                                   const v1::GetAclRequest* request,
                                   v1::GetAclResponse* response) override;
  grpc::ServerUnaryReactor* SetAcl(grpc::CallbackServerContext* context,
                                   const v1::SetAclRequest* request,
                                   v1::SetAclResponse* response) override;
  grpc::ServerUnaryReactor* ListRights(grpc::CallbackServerContext* context,
                                       const v1::ListRightsRequest* request,
                                       v1::ListRightsResponse* response) override;
  grpc::ServerUnaryReactor* GetMyRights(grpc::CallbackServerContext* context,
                                        const v1::GetMyRightsRequest* request,
                                        v1::GetMyRightsResponse* response) override;
  grpc::ServerUnaryReactor* GetQuota(grpc::CallbackServerContext* context,
                                     const v1::GetQuotaRequest* request,
                                     v1::GetQuotaResponse* response) override;
  grpc::ServerUnaryReactor* SetQuotaLimits(grpc::CallbackServerContext* context,
                                           const v1::SetQuotaLimitsRequest* request,
                                           v1::SetQuotaLimitsResponse* response) override;

 private:
  template <typename T>
  using Task = boost::asio::awaitable<T>;

  Task<absl::Status> DoList(const v1::ListMailboxesRequest& request,
                            v1::ListMailboxesResponse& response);
  Task<absl::Status> DoCreate(const v1::CreateMailboxRequest& request,
                              v1::CreateMailboxResponse& response);
  Task<absl::Status> DoDelete(const v1::DeleteMailboxRequest& request);
  Task<absl::Status> DoRename(const v1::RenameMailboxRequest& request);
  Task<absl::Status> DoSetSubscribed(const v1::SetSubscribedRequest& request);
  Task<absl::Status> DoGetStatus(const v1::GetStatusRequest& request,
                                 v1::GetStatusResponse& response);
  Task<absl::Status> DoGetAcl(const v1::GetAclRequest& request, v1::GetAclResponse& response);
  Task<absl::Status> DoSetAcl(const v1::SetAclRequest& request);
  Task<absl::Status> DoListRights(const v1::ListRightsRequest& request,
                                  v1::ListRightsResponse& response);
  Task<absl::Status> DoGetMyRights(const v1::GetMyRightsRequest& request,
                                   v1::GetMyRightsResponse& response);
  Task<absl::Status> DoGetQuota(const v1::GetQuotaRequest& request, v1::GetQuotaResponse& response);
  Task<absl::Status> DoSetQuotaLimits(const v1::SetQuotaLimitsRequest& request);
  // RFC 9051 6.3.6: renaming INBOX moves its messages to a new mailbox.
  Task<absl::Status> MoveInbox(AccountId account, std::string to, std::string key);

  boost::asio::any_io_executor Executor() { return runtime_.Next().get_executor(); }

  runtime::Runtime& runtime_;
  Store& store_;
  const TicketSigner& tickets_;
};

}  // namespace posthorn::store
