#include "imap-gateway/parser/notify_arguments.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

using Filter = NotifyArguments::Group::Filter;

std::optional<NotifyArguments> Parse(absl::string_view text) {
  Scanner scanner(text);
  NotifyArguments arguments = ParseNotify(scanner);
  scanner.End();
  return scanner.ok() ? std::optional(std::move(arguments)) : std::nullopt;
}

TEST(NotifyArguments, None) {
  const auto none = Parse("none");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->selected || none->status || none->bad_event || !none->groups.empty());
}

TEST(NotifyArguments, TheExampleOfTheRfc) {
  const auto set = Parse(
      "set status (selected MessageNew (uid body.peek[header.fields (from to subject)]) "
      "MessageExpunge) (subtree Lists (MessageNew MessageExpunge FlagChange))");
  ASSERT_TRUE(set && set->selected);
  EXPECT_TRUE(set->status);
  EXPECT_FALSE(set->selected->delayed);
  EXPECT_EQ(set->selected->events, kNotifyMessages);
  EXPECT_EQ(set->selected->fetch.size(), 2u);
  ASSERT_EQ(set->groups.size(), 1u);
  EXPECT_EQ(set->groups[0].filter, Filter::kSubtree);
  EXPECT_EQ(set->groups[0].names, std::vector<std::string>{"Lists"});
  EXPECT_EQ(set->groups[0].events, kNotifyMessages | kNotifyFlags);
}

TEST(NotifyArguments, FiltersAndNames) {
  const auto set = Parse(
      "SET (SELECTED-DELAYED NONE) (INBOXES (SubscriptionChange)) (PERSONAL (MailboxName)) "
      "(SUBSCRIBED NONE) (MAILBOXES (one \"two three\") (MailboxName SubscriptionChange))");
  ASSERT_TRUE(set && set->selected);
  EXPECT_TRUE(set->selected->delayed);
  EXPECT_EQ(set->selected->events, 0u);
  ASSERT_EQ(set->groups.size(), 4u);
  EXPECT_EQ(set->groups[3].names.size(), 2u);
  EXPECT_EQ(set->groups[3].events, kNotifyNames | kNotifySubscriptions);
}

TEST(NotifyArguments, ChangesOfAnnotations) {
  const auto set =
      Parse("SET (PERSONAL (MailboxMetadataChange ServerMetadataChange)) (INBOXES (MailboxName))");
  ASSERT_TRUE(set && set->groups.size() == 2 && !set->bad_event);
  EXPECT_EQ(set->groups[0].events, kNotifyMetadata | kNotifyServerMetadata);
  EXPECT_FALSE(Parse("SET (SELECTED (MailboxMetadataChange))"));
}

TEST(NotifyArguments, EventsThatAreNotSupported) {
  for (const char* text : {"SET (PERSONAL (MailboxName MessageRead))", "SET (PERSONAL (Unheard))",
                           "SET (SELECTED (MessageNew MessageExpunge AnnotationChange))"}) {
    const auto set = Parse(text);
    EXPECT_TRUE(set && set->bad_event) << text;
  }
}

TEST(NotifyArguments, WhatIsMalformed) {
  for (const char* text :
       {"", "SET", "SET ", "NONE x", "SET ()", "SET (PERSONAL)", "SET (UNKNOWN NONE)",
        "SET (PERSONAL ())", "SET (PERSONAL (MessageNew))", "SET (PERSONAL (MessageExpunge))",
        "SET (PERSONAL (FlagChange))", "SET (SELECTED (MailboxName))",
        "SET (SELECTED NONE) (SELECTED-DELAYED NONE)", "SET (SUBTREE NONE)",
        "SET (PERSONAL (MessageNew (UID) MessageExpunge))", "SET (SELECTED NONE",
        "SET (SELECTED (MessageNew () MessageExpunge))"}) {
    EXPECT_FALSE(Parse(text)) << text;
  }
}

}  // namespace
}  // namespace posthorn::imap
