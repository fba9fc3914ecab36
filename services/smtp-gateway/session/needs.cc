// Which commands may come when (RFC 5321 4.1.4): the session's side of the needs in the table.
#include "common/gateway/gateway.h"
#include "smtp-gateway/commands/table.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kOtherProtocol{500, "5.5.1", "Command unrecognized on this port"};
constexpr Reply kLhloFirst{503, "5.5.1", "Send LHLO first"};
// RFC 2033 4.2.
constexpr Reply kLmtpRecipientFirst{503, "5.5.1", "No valid recipients"};
constexpr Reply kHelloFirst{503, "5.5.1", "Send EHLO first"};
constexpr Reply kNoArgumentsAllowed{501, "5.5.4", "No arguments are allowed"};
constexpr Reply kLoginFirst{530, "5.7.0", "Authentication required"};
constexpr Reply kTlsFirst{530, "5.7.0", "Must issue a STARTTLS command first"};
constexpr Reply kChunksBegun{503, "5.5.1", "BDAT has begun, only BDAT or RSET may follow"};
constexpr Reply kNestedMail{503, "5.5.1", "Not allowed within a mail transaction"};
constexpr Reply kMailFirst{503, "5.5.1", "Send MAIL first"};
constexpr Reply kRecipientFirst{554, "5.5.1", "No valid recipients"};
constexpr Reply kPipelined{554, "5.5.0", "Commands may not follow this one before its reply"};

}  // namespace

bool Session::NeedsAreMet(uint32_t needs, std::string_view arguments) {
  const auto refuse = [this](const Reply& reply) {
    Send(reply);
    return false;
  };
  const bool lmtp = port_.role == Role::kLmtp;
  if ((needs & (lmtp ? kNotLmtp : kOnlyLmtp)) != 0) {
    return refuse(kOtherProtocol);
  }
  if ((needs & kNeedHello) && hello_.name.empty()) {
    return refuse(lmtp ? kLhloFirst : kHelloFirst);
  }
  if ((needs & kNoArguments) && !arguments.empty()) {
    return refuse(kNoArgumentsAllowed);
  }
  if ((needs & kNeedLogin) && port_.role == Role::kSubmission && !login_) {
    return refuse(gateway::Gateway::PasswordAllowed(stream_) ? kLoginFirst : kTlsFirst);
  }
  if ((needs & kNeedNoChunks) && transaction_.chunks) {
    // RFC 3030 2: the message cannot be completed any more.
    transaction_.Reset();
    return refuse(kChunksBegun);
  }
  if ((needs & kNeedNoTransaction) && transaction_.started) {
    return refuse(kNestedMail);
  }
  if ((needs & kNeedTransaction) && !transaction_.started) {
    return refuse(kMailFirst);
  }
  if ((needs & kNeedRecipient) && transaction_.recipients.empty()) {
    return refuse(lmtp ? kLmtpRecipientFirst : kRecipientFirst);
  }
  if ((needs & kNeedLastInGroup) && !input_.empty()) {
    // RFC 2920 3.1. What follows was written without knowing our answer, or by somebody else.
    CountAbuse("pipelining");
    SendAndClose(kPipelined);
    return false;
  }
  return true;
}

}  // namespace posthorn::smtp
