#include "mailctl/commands.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace posthorn::mailctl {
namespace {

constexpr Command kCommands[] = {
    {"domain add", "DOMAIN", "serve a domain", 1, 1, AddDomain},
    {"domain list", "", "the domains served here", 0, 0, ListDomains},
    {"domain remove", "DOMAIN", "stop serving a domain without accounts", 1, 1, RemoveDomain},
    {"account add", "ADDRESS [--quota=SIZE]", "make an account, and its domain if missing", 0, 1,
     AddAccount},
    {"account add --batch", "[--quota=SIZE]", "make those of stdin: address<TAB>password lines", 0,
     0, AddAccount},
    {"account list", "[DOMAIN]", "accounts and what they use", 0, 1, ListAccounts},
    {"account remove", "ADDRESS", "remove an account with all its mail", 1, 1, RemoveAccount},
    {"account passwd", "ADDRESS", "set the password", 1, 1, SetPassword},
    {"account capabilities", "list|hide|show ADDRESS [NAME...]",
     "what IMAP clients of an account do not see", 2, 102, ChangeCapabilities},
    {"account quota", "ADDRESS SIZE|none [--messages=N|none] [--mailboxes=N|none]",
     "limit the mail of an account, e.g. 2G", 2, 2, SetQuota},
    {"account quota-admin", "ADDRESS on|off", "may set quota of its domain by IMAP", 2, 2,
     SetQuotaAdmin},
    {"alias add", "ADDRESS TARGET", "mail for ADDRESS goes to TARGET too", 2, 2, AddAlias},
    {"alias list", "[DOMAIN]", "aliases and their targets", 0, 1, ListAliases},
    {"alias remove", "ADDRESS [TARGET]", "remove an alias, or one target of it", 1, 2, RemoveAlias},
    {"mailbox list", "ADDRESS", "mailboxes of an account", 1, 1, ListMailboxes},
    {"health", "", "whether mailstore serves", 0, 0, Health},
};

}  // namespace

absl::Span<const Command> Commands() { return kCommands; }

const Command* FindCommand(const std::vector<std::string>& words) {
  for (size_t count = 2; count >= 1; --count) {
    if (words.size() < count) {
      continue;
    }
    const std::string name =
        absl::StrJoin(words.begin(), words.begin() + static_cast<int>(count), " ");
    for (const Command& command : kCommands) {
      if (command.name == name) {
        return &command;
      }
    }
  }
  return nullptr;
}

std::string Help() {
  std::string text = "mailctl administers a Posthorn mail server.\n\n";
  for (const Command& command : kCommands) {
    std::string usage = absl::StrCat("  mailctl ", command.name, " ", command.arguments);
    usage.resize(std::max<size_t>(usage.size() + 2, 52), ' ');
    absl::StrAppend(&text, usage, command.help, "\n");
  }
  absl::StrAppend(
      &text,
      "\nPasswords are asked for on a terminal, or read from the first line of stdin.\n\n"
      "  --json                 lists as JSON\n"
      "  --timeout=SECONDS      longest wait for an answer (30)\n"
      "  --mailstore=HOST:PORT  where mailstore listens (localhost:9090)\n"
      "  --rpc_ca_file, --rpc_cert_file, --rpc_key_file=PATH\n"
      "                         the internal authority, mailctl's certificate and its key\n\n"
      "The last four have twins in the environment: POSTHORN_MAILCTL_MAILSTORE, ..._RPC_CA_FILE.\n"
      "Exit status: 0 done, 1 refused, 2 wrong usage or setting, 3 mailstore not reachable.\n");
  return text;
}

}  // namespace posthorn::mailctl
