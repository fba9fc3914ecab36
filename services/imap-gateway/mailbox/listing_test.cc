#include "imap-gateway/mailbox/listing.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace posthorn::imap {
namespace {

using Entries = google::protobuf::RepeatedPtrField<v1::MailboxEntry>;

void Add(Entries& entries, const char* name, bool exists, bool subscribed, bool children,
         v1::SpecialUse use = v1::SPECIAL_USE_NONE) {
  v1::MailboxEntry* entry = entries.Add();
  entry->set_name(name);
  if (exists) {
    entry->set_mailbox_id(1);
  }
  entry->set_subscribed(subscribed);
  entry->set_has_children(children);
  entry->set_special_use(use);
}

Entries Sample() {
  Entries entries;
  Add(entries, "INBOX", true, true, true);
  Add(entries, "INBOX/a", true, false, false);
  Add(entries, "Old", false, true, false);  // subscribed, deleted
  Add(entries, "Sent", true, false, false, v1::SPECIAL_USE_SENT);
  Add(entries, "p", false, false, true);  // only a parent
  Add(entries, "p/q", true, true, false);
  return entries;
}

std::string Show(const std::vector<ListLine>& lines) {
  return absl::StrJoin(lines, " ", [](std::string* out, const ListLine& line) {
    absl::StrAppend(out, line.name, "(", absl::StrJoin(line.attributes, ","), ")",
                    line.child_info ? "+" : "");
  });
}

std::string List(absl::string_view text) {
  Scanner scanner(text);
  const ListArguments arguments = ParseList(scanner);
  EXPECT_TRUE(scanner.ok()) << text;
  return Show(SelectForList(Sample(), arguments));
}

std::string Lsub(absl::string_view text) {
  Scanner scanner(text);
  return Show(SelectForLsub(Sample(), ParseLsub(scanner)));
}

TEST(List, ShowsWhatExists) {
  EXPECT_EQ(List("\"\" *"),
            "INBOX(\\HasChildren) INBOX/a(\\HasNoChildren) Sent(\\HasNoChildren,\\Sent) "
            "p(\\Noselect,\\HasChildren) p/q(\\HasNoChildren)");
  EXPECT_EQ(List("\"\" %"),
            "INBOX(\\HasChildren) Sent(\\HasNoChildren,\\Sent) p(\\Noselect,\\HasChildren)");
  EXPECT_EQ(List("p/ %"), "p/q(\\HasNoChildren)");
  EXPECT_EQ(List("\"\" inbox"), "INBOX(\\HasChildren)");
  EXPECT_EQ(List("\"\" inb%"), "INBOX(\\HasChildren)");
  EXPECT_EQ(List("\"\" \"&bad\""), "");
}

TEST(List, Selections) {
  EXPECT_EQ(List("(SPECIAL-USE) \"\" *"), "Sent(\\HasNoChildren,\\Sent)");
  EXPECT_EQ(List("(SUBSCRIBED) \"\" *"),
            "INBOX(\\HasChildren,\\Subscribed) Old(\\NonExistent,\\HasNoChildren,\\Subscribed) "
            "p/q(\\HasNoChildren,\\Subscribed)");
  EXPECT_EQ(List("(SUBSCRIBED RECURSIVEMATCH) \"\" %"),
            "INBOX(\\HasChildren,\\Subscribed) Old(\\NonExistent,\\HasNoChildren,\\Subscribed) "
            "p(\\NonExistent,\\HasChildren)+");
  EXPECT_EQ(List("\"\" (INBOX Sent) RETURN (SUBSCRIBED)"),
            "INBOX(\\HasChildren,\\Subscribed) Sent(\\HasNoChildren,\\Sent)");
}

// RFC 5258 3.5: a parent is told for what the patterns do not show, also one that is no mailbox.
TEST(List, RecursiveMatch) {
  Entries entries;
  Add(entries, "foo", true, false, true);
  Add(entries, "foo/sub", true, true, false);
  Add(entries, "gone/below", false, true, false);
  Add(entries, "mine", true, true, true);
  Add(entries, "mine/sub", true, true, false);
  const auto list = [&entries](absl::string_view text) {
    Scanner scanner(text);
    return Show(SelectForList(entries, ParseList(scanner)));
  };
  EXPECT_EQ(list("(SUBSCRIBED RECURSIVEMATCH) \"\" %"),
            "foo(\\HasChildren)+ mine(\\HasChildren,\\Subscribed)+ gone(\\NonExistent)+");
  EXPECT_EQ(list("(SUBSCRIBED RECURSIVEMATCH) \"\" *"),
            "foo/sub(\\HasNoChildren,\\Subscribed) "
            "gone/below(\\NonExistent,\\HasNoChildren,\\Subscribed) "
            "mine(\\HasChildren,\\Subscribed)+ mine/sub(\\HasNoChildren,\\Subscribed)");
}

TEST(List, Rev2SaysNonExistent) {
  Scanner scanner("\"\" p");
  EXPECT_EQ(Show(SelectForList(Sample(), ParseList(scanner), true)),
            "p(\\NonExistent,\\HasChildren)");
}

TEST(List, WhetherOthersMayBeInIt) {
  const auto may = [](absl::string_view text) {
    Scanner scanner(text);
    return MayMatchOthers(ParseList(scanner));
  };
  EXPECT_TRUE(may("\"\" *"));
  EXPECT_TRUE(may("\"\" %"));
  EXPECT_TRUE(may("\"\" \"Other*\""));
  EXPECT_TRUE(may("\"Other Users/\" %"));
  EXPECT_TRUE(may("\"\" (INBOX \"Other Users\")"));
  EXPECT_FALSE(may("\"\" INBOX"));
  EXPECT_FALSE(may("\"\" \"INBOX/*\""));
  EXPECT_FALSE(may("\"\" Other"));
}

TEST(Lsub, SubscribedNamesAndTheirParents) {
  EXPECT_EQ(Lsub("\"\" *"), "INBOX() Old(\\Noselect) p/q()");
  EXPECT_EQ(Lsub("\"\" %"), "INBOX() Old(\\Noselect) p(\\Noselect)");
}

}  // namespace
}  // namespace posthorn::imap
