#include "imap-gateway/notify/mailbox_list.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

// Mailbox 0 is a name without a mailbox.
void Add(MailboxList& list, const std::string& name, std::uint32_t id, bool subscribed = false) {
  v1::MailboxEntry& entry = list[name];
  entry.set_name(name);
  if (id != 0) {
    entry.set_mailbox_id(id);
  }
  entry.set_subscribed(subscribed);
}

std::string Told(const MailboxList& before, const MailboxList& now) {
  std::string out;
  for (const ListChange& change : Changes(before, now)) {
    const auto entry = now.find(change.name);
    AppendListChange(out, NameEncoding::kModifiedUtf7, change,
                     entry == now.end() ? nullptr : &entry->second);
  }
  return out;
}

TEST(MailboxListChanges, MadeAndDeleted) {
  MailboxList before;
  Add(before, "INBOX", 1);
  Add(before, "old", 2);
  MailboxList now;
  Add(now, "INBOX", 1);
  Add(now, "top", 0);
  Add(now, "top/new", 3);
  EXPECT_EQ(Told(before, now),
            "* LIST (\\NonExistent) \"/\" old\r\n"
            "* LIST (\\NonExistent \\HasNoChildren) \"/\" top\r\n"
            "* LIST (\\HasNoChildren) \"/\" top/new\r\n");
  EXPECT_EQ(Told(now, now), "");
}

TEST(MailboxListChanges, RenamedWithChildren) {
  MailboxList before;
  Add(before, "a", 1);
  Add(before, "a/b", 2);
  Add(before, "a/b/c", 3);
  MailboxList now;
  Add(now, "z", 1);
  Add(now, "z/b", 2);
  Add(now, "z/b/c", 3);
  EXPECT_EQ(Told(before, now), "* LIST (\\HasNoChildren) \"/\" z (\"OLDNAME\" (a))\r\n");
}

TEST(MailboxListChanges, Subscriptions) {
  MailboxList before;
  Add(before, "a", 1);
  Add(before, "b", 2, true);
  MailboxList now;
  Add(now, "a", 1, true);
  Add(now, "b", 2);
  EXPECT_EQ(Told(before, now),
            "* LIST (\\HasNoChildren \\Subscribed) \"/\" a\r\n"
            "* LIST (\\HasNoChildren) \"/\" b\r\n");
}

TEST(MailboxListChanges, ANameThatIsUsedAgain) {
  MailboxList before;
  Add(before, "a", 1);
  MailboxList now;
  Add(now, "a", 2);
  EXPECT_EQ(Told(before, now), "* LIST (\\HasNoChildren) \"/\" a\r\n");
}

}  // namespace
}  // namespace posthorn::imap
