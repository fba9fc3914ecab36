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
    {"account limit", "ADDRESS N|default", "recipients that it may send to in a day", 2, 2,
     SetSendingLimit},
    {"alias add", "ADDRESS|@DOMAIN TARGET",
     "mail for ADDRESS (@DOMAIN: for nobody's address) goes to TARGET too", 2, 2, AddAlias},
    {"alias list", "[DOMAIN]", "aliases and their targets", 0, 1, ListAliases},
    {"alias remove", "ADDRESS [TARGET]", "remove an alias, or one target of it", 1, 2, RemoveAlias},
    {"mailbox list", "ADDRESS", "mailboxes of an account", 1, 1, ListMailboxes},
    {"queue list", "[--site=SITE] [--from=ADDRESS] [--to=ADDRESS]",
     "mail on its way out, oldest first", 0, 0, ListQueue},
    {"queue show", "ID", "a message, its recipients and what became of them", 1, 1, ShowQueued},
    {"queue log", "ID|MESSAGE-ID|ADDRESS|@DOMAIN [--limit=N]", "what became of mail, newest first",
     1, 1, SearchLog},
    {"queue hold", "ID | --site, --from, --to", "keep back what matches", 0, 1, HoldQueued},
    {"queue release", "ID | --site, --from, --to", "send what was kept back", 0, 1, ReleaseQueued},
    {"queue retry", "ID | --site, --from, --to", "try now", 0, 1, RetryQueued},
    {"queue bounce", "ID | --site, --from, --to", "return to the sender", 0, 1, BounceQueued},
    {"queue remove", "ID | --site, --from, --to", "delete, and tell nobody", 0, 1, RemoveQueued},
    {"site list", "", "where mail goes: connections, and what keeps it", 0, 0, ListSites},
    {"site suspend", "SITE", "make no more connections to a domain or route:NAME", 1, 1,
     SuspendSite},
    {"site resume", "SITE", "make connections again, now", 1, 1, ResumeSite},
    {"route set",
     "NAME HOST:PORT --to=DOMAIN|* or --from=DOMAIN|* [--tls=MODE] [--user=NAME] [--lmtp] "
     "[--cert=FILE --key=FILE]",
     "mail to or from a domain goes to HOST", 2, 2, SetRoute},
    {"route list", "", "mail that does not go by its MX", 0, 0, ListRoutes},
    {"route remove", "--to=DOMAIN|* or --from=DOMAIN|*", "it goes by its MX again", 0, 0,
     RemoveRoute},
    {"dkim add", "DOMAIN [--algorithm=rsa|ed25519] [--selector=NAME] [--sign]",
     "make a key that signs mail", 1, 1, AddDkimKey},
    {"dkim list", "[DOMAIN]", "keys and their records", 0, 1, ListDkimKeys},
    {"dkim rotate", "DOMAIN", "make new keys, to be published", 1, 1, RotateDkimKeys},
    {"dkim sign", "DOMAIN [SELECTOR]", "sign with a key, or with the newest; others retire", 1, 2,
     SignWithDkimKeys},
    {"dkim retire", "DOMAIN SELECTOR", "sign no more with a key", 2, 2, RetireDkimKey},
    {"dkim remove", "DOMAIN SELECTOR", "delete a key that does not sign", 2, 2, RemoveDkimKey},
    {"tls-report send", "[--today]",
     "send the reports of TLS that are due now; --today: of this day too", 0, 0, SendTlsReports},
    {"dns", "DOMAIN [--hostname=HOST]", "the records to publish, as a zone file", 1, 1, PrintDns},
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
      "\nPasswords are asked for on a terminal, or read from the first line of stdin.\n"
      "MODE of a route: opportunistic (the default), none, required, verified, implicit.\n\n"
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
