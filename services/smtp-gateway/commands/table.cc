#include "smtp-gateway/commands/table.h"

#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/parser/command_line.h"

namespace posthorn::smtp {
namespace {

constexpr CommandRow kCommands[] = {
    {"RCPT", kNeedHello | kNeedTransaction | kNeedNoChunks, RunRcpt, nullptr,
     "RCPT TO:<forward-path> [parameters]", "RFC 5321 4.1.1.3"},
    {"MAIL", kNeedHello | kNeedLogin | kNeedNoTransaction, RunMail, nullptr,
     "MAIL FROM:<reverse-path> [parameters]", "RFC 5321 4.1.1.2"},
    {"DATA",
     kNeedHello | kNeedTransaction | kNeedRecipient | kNeedNoChunks | kNeedLastInGroup |
         kNoArguments,
     RunData, nullptr, "DATA", "RFC 5321 4.1.1.4"},
    // Its octets follow whatever the state is: it checks for itself.
    {"BDAT", 0, RunBdat, BdatKeyword, "BDAT octets [LAST]", "RFC 3030 2"},
    {"EHLO", kNeedLastInGroup | kNotLmtp, RunEhlo, nullptr, "EHLO domain", "RFC 5321 4.1.1.1"},
    {"HELO", kNeedLastInGroup | kNotLmtp, RunHelo, nullptr, "HELO domain", "RFC 5321 4.1.1.1"},
    {"LHLO", kNeedLastInGroup | kOnlyLmtp, RunEhlo, nullptr, "LHLO domain", "RFC 2033 4.1"},
    {"RSET", kNoArguments, RunRset, nullptr, "RSET", "RFC 5321 4.1.1.5"},
    {"QUIT", kNoArguments, RunQuit, nullptr, "QUIT", "RFC 5321 4.1.1.10"},
    {"NOOP", 0, RunNoop, nullptr, "NOOP [string]", "RFC 5321 4.1.1.9"},
    {"STARTTLS", kNeedHello | kNeedNoTransaction | kNoArguments, RunStartTls, StartTlsKeyword,
     "STARTTLS", "RFC 3207 4"},
    {"AUTH", kNeedHello | kNeedNoTransaction | kNeedLastInGroup, RunAuth, AuthKeyword,
     "AUTH mechanism [initial-response]", "RFC 4954 4"},
    {"XCLIENT", kNeedNoTransaction | kNeedLastInGroup, RunXclient, XclientKeyword,
     "XCLIENT attribute=value ...", "RFC 5321 4.1.5"},
    {"VRFY", 0, RunVrfy, nullptr, "VRFY string", "RFC 5321 4.1.1.6"},
    {"EXPN", 0, RunExpn, nullptr, "EXPN string", "RFC 5321 4.1.1.7"},
    {"HELP", 0, RunHelp, HelpKeyword, "HELP [command]", "RFC 5321 4.1.1.8"},
};

}  // namespace

std::span<const CommandRow> Commands() { return kCommands; }

size_t FindCommand(std::string_view verb) {
  size_t i = 0;
  while (i < std::size(kCommands) && !EqualsIgnoreCase(kCommands[i].verb, verb)) ++i;
  return i;
}

}  // namespace posthorn::smtp
