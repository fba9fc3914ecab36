#include "imap-gateway/search/search_sources.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace posthorn::imap {
namespace {

std::string Names(absl::string_view sources) {
  v1::ListMailboxesResponse list;
  for (const char* name : {"A", "A/B", "A/B/C", "AB", "INBOX", "Lists", "Other Users/b@x/S"}) {
    v1::MailboxEntry* entry = list.add_mailboxes();
    entry->set_name(name);
    entry->set_subscribed(entry->name().front() == 'A');
    if (entry->name() != "Lists") {
      entry->set_mailbox_id(static_cast<std::uint32_t>(list.mailboxes_size()));
    }
  }
  const std::string text = absl::StrCat("IN (", sources, ") RETURN (COUNT) ALL");
  Scanner scanner(text);
  const EsearchArguments arguments = ParseEsearch(scanner);
  scanner.End();
  EXPECT_TRUE(scanner.ok()) << scanner.status();
  return absl::StrJoin(
      NamesOfSources(*arguments.sources, list.mailboxes(), NameEncoding::kModifiedUtf7), " ");
}

TEST(SearchSources, NameMailboxesOnce) {
  EXPECT_EQ(Names("selected"), "");
  EXPECT_EQ(Names("inboxes"), "INBOX");
  EXPECT_EQ(Names("personal"), "A A/B A/B/C AB INBOX");
  EXPECT_EQ(Names("subscribed inboxes"), "A A/B A/B/C AB INBOX");
  EXPECT_EQ(Names("subtree \"Other Users\""), "Other Users Other Users/b@x/S");
  EXPECT_EQ(Names("subtree A"), "A A/B A/B/C");
  EXPECT_EQ(Names("subtree-one A"), "A A/B");
  EXPECT_EQ(Names("subtree-one (A A/B)"), "A A/B A/B/C");
  EXPECT_EQ(Names("mailboxes (\"AB\" inbox AB) subtree AB"), "AB INBOX");
}

TEST(SearchSources, Syntax) {
  Scanner plain("UNSEEN");
  const EsearchArguments arguments = ParseEsearch(plain);
  EXPECT_TRUE(plain.ok());
  EXPECT_FALSE(arguments.sources.has_value());
  EXPECT_TRUE(arguments.search.returns.all);
  for (const char* bad : {"IN () ALL", "IN (xyzzy) ALL", "IN (mailboxes) ALL", "IN (selected)",
                          "IN (selected-delayed) ALL", "IN selected ALL"}) {
    Scanner scanner(bad);
    ParseEsearch(scanner);
    scanner.End();
    EXPECT_FALSE(scanner.ok()) << bad;
  }
}

}  // namespace
}  // namespace posthorn::imap
