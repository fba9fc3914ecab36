// The commands of mailctl, a row each.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailctl/command_line.h"
#include "mailctl/mailstore.h"

namespace posthorn::mailctl {

// What a command needs: the line, its arguments (without the command's own words), mailstore.
struct Invocation {
  const CommandLine& line;
  std::vector<std::string> arguments;
  Mailstore& mailstore;
};

struct Command {
  const char* name;       // "account add"
  const char* arguments;  // for the help
  const char* help;
  size_t min_arguments;
  size_t max_arguments;
  // What is to be printed on success.
  absl::StatusOr<std::string> (*run)(Invocation&);
};

absl::Span<const Command> Commands();

// The longest name that the words begin with; null if there is none.
const Command* FindCommand(const std::vector<std::string>& words);

std::string Help();

// The commands, each in the file of its noun.
absl::StatusOr<std::string> AddDomain(Invocation& invocation);
absl::StatusOr<std::string> ListDomains(Invocation& invocation);
absl::StatusOr<std::string> RemoveDomain(Invocation& invocation);
absl::StatusOr<std::string> AddAccount(Invocation& invocation);
absl::StatusOr<std::string> ListAccounts(Invocation& invocation);
absl::StatusOr<std::string> RemoveAccount(Invocation& invocation);
absl::StatusOr<std::string> SetPassword(Invocation& invocation);
absl::StatusOr<std::string> SetQuota(Invocation& invocation);
absl::StatusOr<std::string> ChangeCapabilities(Invocation& invocation);
absl::StatusOr<std::string> SetQuotaAdmin(Invocation& invocation);
absl::StatusOr<std::string> AddAlias(Invocation& invocation);
absl::StatusOr<std::string> ListAliases(Invocation& invocation);
absl::StatusOr<std::string> RemoveAlias(Invocation& invocation);
absl::StatusOr<std::string> SetSendingLimit(Invocation& invocation);
absl::StatusOr<std::string> ListMailboxes(Invocation& invocation);
absl::StatusOr<std::string> ListQueue(Invocation& invocation);
absl::StatusOr<std::string> ShowQueued(Invocation& invocation);
absl::StatusOr<std::string> SearchLog(Invocation& invocation);
absl::StatusOr<std::string> HoldQueued(Invocation& invocation);
absl::StatusOr<std::string> ReleaseQueued(Invocation& invocation);
absl::StatusOr<std::string> RetryQueued(Invocation& invocation);
absl::StatusOr<std::string> BounceQueued(Invocation& invocation);
absl::StatusOr<std::string> RemoveQueued(Invocation& invocation);
absl::StatusOr<std::string> ListSites(Invocation& invocation);
absl::StatusOr<std::string> SuspendSite(Invocation& invocation);
absl::StatusOr<std::string> ResumeSite(Invocation& invocation);
absl::StatusOr<std::string> SetRoute(Invocation& invocation);
absl::StatusOr<std::string> ListRoutes(Invocation& invocation);
absl::StatusOr<std::string> RemoveRoute(Invocation& invocation);
absl::StatusOr<std::string> AddDkimKey(Invocation& invocation);
absl::StatusOr<std::string> ListDkimKeys(Invocation& invocation);
absl::StatusOr<std::string> SignWithDkimKeys(Invocation& invocation);
absl::StatusOr<std::string> RetireDkimKey(Invocation& invocation);
absl::StatusOr<std::string> RemoveDkimKey(Invocation& invocation);
absl::StatusOr<std::string> RotateDkimKeys(Invocation& invocation);
absl::StatusOr<std::string> SendTlsReports(Invocation& invocation);
absl::StatusOr<std::string> PrintDns(Invocation& invocation);
absl::StatusOr<std::string> Health(Invocation& invocation);

}  // namespace posthorn::mailctl
