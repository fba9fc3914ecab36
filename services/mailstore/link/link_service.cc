#include "mailstore/link/link_service.h"

#include <string>

#include "absl/strings/string_view.h"
#include "mailstore/auth/service_policy.h"

namespace posthorn::store {
namespace {

// ServicePolicy has let the client as far as the link itself. Where the server's credentials name
// nobody there is no policy for any call.
rpc::ServerLink::MayCall PolicyOf(const grpc::CallbackServerContext& context) {
  if (!context.auth_context()->IsPeerAuthenticated()) {
    return [](absl::string_view) { return true; };
  }
  return
      [service = rpc::PeerName(context)](absl::string_view path) { return MayCall(service, path); };
}

}  // namespace

grpc::ServerBidiReactor<v1::LinkRequest, v1::LinkResponse>* LinkService::Exchange(
    grpc::CallbackServerContext* context) {
  const boost::asio::any_io_executor executor = runtime_.Next().get_executor();
  const auto link = std::make_shared<rpc::ServerLink>(executor, methods_, PolicyOf(*context));
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(links_, [](const auto& known) { return known.expired(); });
    links_.push_back(link);
    if (draining_) {
      link->Drain();
    }
  }
  const auto stream = std::make_shared<rpc::ServerLink::Stream>(
      executor, [weak = std::weak_ptr<rpc::ServerLink>(link)] {
        if (const auto its_link = weak.lock()) {
          its_link->CancelAll();
        }
      });
  return stream->Run(rpc::ServerLink::WriteAnswers(link, *stream),
                     rpc::ServerLink::ReadCalls(link, *stream));
}

void LinkService::Drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& known : links_) {
    if (const auto link = known.lock()) {
      link->Drain();
    }
  }
}

}  // namespace posthorn::store
