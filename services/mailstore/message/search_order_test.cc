// SORT and THREAD over columns made of envelopes.
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mail/mime_scanner.h"
#include "mailstore/message/sort.h"
#include "mailstore/message/text_query.h"
#include "mailstore/message/thread.h"
#include "mailstore/storage/structure_proto.h"

namespace posthorn::store {
namespace {

constexpr int64_t kDay = 86'400;

// Messages of UID 1, 2, ..., each arrived a day after the one before.
class Mailbox {
 public:
  Mailbox& Add(const std::string& header, int size = 1) {
    const uint32_t uid = static_cast<uint32_t>(messages_.size()) + 1;
    const mail::MessageStructure structure = mail::ScanMessage(absl::StrCat(header, "\r\n"));
    block_->Append(uid, SerializeEnvelope(structure), "");
    FoundMessage message;
    message.row.uid = Uid(uid);
    message.row.internal_date = uid * kDay;
    message.row.size = static_cast<uint32_t>(size);
    message.header = {block_.get(), uid - 1};
    messages_.push_back(message);
    return *this;
  }

  std::string Sort(const std::vector<std::pair<v1::SortKey::Field, bool>>& fields) const {
    SortKeys keys;
    for (const auto& [field, reverse] : fields) {
      v1::SortKey* key = keys.Add();
      key->set_field(field);
      key->set_reverse(reverse);
    }
    std::vector<FoundMessage> sorted = messages_;
    SortMessages(keys, &sorted);
    return absl::StrJoin(sorted, " ", [](std::string* out, const FoundMessage& message) {
      absl::StrAppend(out, message.row.uid.value());
    });
  }

  // "1[2 3[4]]": what is below a message stands in brackets.
  std::string Thread(v1::ThreadRequest::Algorithm algorithm) const {
    v1::ThreadResponse response;
    ThreadMessages(algorithm, messages_, &response);
    std::string out;
    std::vector<uint32_t> open;
    for (int i = 0; i < response.uids_size(); ++i) {
      absl::StrAppend(&out, out.empty() || out.back() == '[' ? "" : " ", response.uids(i));
      open.push_back(response.children(i));
      if (open.back() > 0) {
        out.push_back('[');
        continue;
      }
      while (!open.empty() && open.back() == 0) {
        open.pop_back();
        if (!open.empty() && --open.back() == 0) {
          out.push_back(']');
        }
      }
    }
    return out;
  }

 private:
  std::shared_ptr<HeaderBlock> block_ = std::make_shared<HeaderBlock>();
  std::vector<FoundMessage> messages_;
};

std::string Message(const std::string& id, const std::string& references = "",
                    const std::string& subject = "", const std::string& more = "") {
  return absl::StrCat(id.empty() ? "" : absl::StrCat("Message-ID: <", id, ">\r\n"),
                      references.empty() ? "" : absl::StrCat("References: ", references, "\r\n"),
                      subject.empty() ? "" : absl::StrCat("Subject: ", subject, "\r\n"), more);
}

constexpr auto kReferences = v1::ThreadRequest::ALGORITHM_REFERENCES;
constexpr auto kRefs = v1::ThreadRequest::ALGORITHM_REFS;
constexpr auto kOrderedSubject = v1::ThreadRequest::ALGORITHM_ORDEREDSUBJECT;

TEST(Sort, ByEachField) {
  Mailbox mailbox;
  mailbox
      .Add(
          "From: Zoe <adam@x.org>\r\nTo: b@x.org\r\nSubject: Re: beta\r\n"
          "Date: Thu, 3 Feb 2000 10:00:00 +0000\r\n",
          30)
      .Add(
          "From: =?utf-8?q?=C3=81bel?= <Zack@x.org>\r\nCc: c@x.org\r\nSubject: Alpha\r\n"
          "Date: Thu, 3 Feb 2000 10:00:00 +0100\r\n",
          10)
      .Add("From: mike@x.org\r\nTo: Al <z@x.org>\r\nSubject: [list] beta (fwd)\r\n", 20);
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_FROM, false}}), "1 3 2");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_DISPLAY_FROM, false}}), "2 3 1");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_TO, false}}), "2 1 3");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_DISPLAY_TO, false}}), "2 3 1");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_CC, true}}), "2 1 3");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_SIZE, false}}), "2 3 1");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_ARRIVAL, true}}), "3 2 1");
  // Without a date the third has that of its arrival.
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_DATE, false}}), "3 2 1");
  // Equal by the first criterion, then by the second, then by the order of the mailbox.
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_SUBJECT, false}}), "2 1 3");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_SUBJECT, true}, {v1::SortKey::FIELD_SIZE, false}}),
            "3 1 2");
}

TEST(Sort, LongCommonBeginnings) {
  Mailbox mailbox;
  mailbox.Add("Subject: a long subject 3\r\n").Add("Subject: A LONG subject 1\r\n");
  mailbox.Add("Subject: a long\r\n");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_SUBJECT, false}}), "3 2 1");
  EXPECT_EQ(mailbox.Sort({{v1::SortKey::FIELD_SUBJECT, true}}), "1 2 3");
}

// Where the headers of a mailbox are not kept, only what the order looks at is.
TEST(Sort, PartsOfHeadersAreEnoughAndSmaller) {
  SortKeys keys;
  keys.Add()->set_field(v1::SortKey::FIELD_SUBJECT);
  keys.Add()->set_field(v1::SortKey::FIELD_DISPLAY_TO);
  HeaderBlock all;
  HeaderBlock parts(*HeadersFor(keys));
  for (uint32_t uid = 1; uid <= 1'000; ++uid) {
    const std::string envelope = SerializeEnvelope(
        mail::ScanMessage(absl::StrCat("From: somebody <somebody@example.org>\r\nTo: Al <al", uid,
                                       "@example.org>\r\nSubject: Re: ", uid, "\r\nMessage-ID: <",
                                       uid, ".message@example.org>\r\n\r\n")));
    all.Append(uid, envelope, "");
    parts.Append(uid, envelope, "");
  }
  for (size_t i = 0; i < all.size(); ++i) {
    for (const HeaderText text : {HeaderText::kBaseSubject, HeaderText::kDisplayTo}) {
      EXPECT_EQ(parts.Text(i, text), all.Text(i, text));
    }
    EXPECT_EQ(parts.Text(i, HeaderText::kFrom), "");
    EXPECT_TRUE(parts.IsReply(i) && parts.ThreadIds(i).empty());
  }
  EXPECT_LT(parts.Bytes(), all.Bytes() / 3);
  keys.Clear();
  keys.Add()->set_field(v1::SortKey::FIELD_SIZE);
  EXPECT_FALSE(HeadersFor(keys).has_value());
}

TEST(Thread, ByReferences) {
  Mailbox mailbox;
  mailbox.Add(Message("a@x", "", "one"))
      .Add(Message("b@x", "<a@x>", "Re: one"))
      .Add(Message("c@x", "<a@x> <b@x>", "Re: one"))
      .Add(Message("d@x", "", "other"))
      .Add(Message("e@x", "<a@x>", "Re: one"))
      .Add(Message("f@x", "", "two", "In-Reply-To: your mail <\"d\"@x>\r\n"));
  EXPECT_EQ(mailbox.Thread(kReferences), "1[2[3] 5] 4[6]");
  // The thread of the latest arrival is last, for REFS too.
  EXPECT_EQ(mailbox.Thread(kRefs), "1[2[3] 5] 4[6]");
}

TEST(Thread, WhatIsNotThereHoldsItsChildrenTogether) {
  Mailbox mailbox;
  mailbox.Add(Message("b@x", "<a@x>", "p"))
      .Add(Message("c@x", "<a@x>", "q"))
      .Add(Message("e@x", "<gone@x> <d@x>", "r"));
  EXPECT_EQ(mailbox.Thread(kReferences), "0[1 2] 3");
}

TEST(Thread, LoopsDuplicatesAndReferencesToOneself) {
  Mailbox mailbox;
  mailbox.Add(Message("a@x", "<b@x>", "p"))
      .Add(Message("b@x", "<a@x>", "q"))
      .Add(Message("c@x", "<c@x>", "r"))
      .Add(Message("c@x", "", "s"))
      .Add(Message("", "", "t"));
  EXPECT_EQ(mailbox.Thread(kReferences), "2[1] 3 4 5");
}

TEST(Thread, ThreadsOfOneSubjectJoin) {
  Mailbox mailbox;
  mailbox.Add(Message("a@x", "", "news"))
      .Add(Message("b@x", "", "Re: News"))
      .Add(Message("c@x", "", "fwd: news"))
      .Add(Message("d@x", "", "plain"))
      .Add(Message("e@x", "", "Plain"));
  EXPECT_EQ(mailbox.Thread(kReferences), "1[2 3] 0[4 5]");
  EXPECT_EQ(mailbox.Thread(kRefs), "1 2 3 4 5");
  EXPECT_EQ(mailbox.Thread(kOrderedSubject), "1[2 3] 4[5]");
}

TEST(Thread, RefsOrdersThreadsByTheLatestArrival) {
  Mailbox mailbox;
  mailbox.Add(Message("a@x", "", "p")).Add(Message("b@x", "", "q"));
  mailbox.Add(Message("c@x", "<a@x>", "r"));
  EXPECT_EQ(mailbox.Thread(kReferences), "1[3] 2");
  EXPECT_EQ(mailbox.Thread(kRefs), "2 1[3]");
}

TEST(Thread, AsDeepAsAMailboxIsLarge) {
  Mailbox mailbox;
  mailbox.Add(Message("0@x"));
  for (int i = 1; i < 20'000; ++i) {
    mailbox.Add(Message(absl::StrCat(i, "@x"), absl::StrCat("<", i - 1, "@x>")));
  }
  EXPECT_EQ(mailbox.Thread(kReferences).substr(0, 8), "1[2[3[4[");
}

// Each of the second kind says that what has children is below the deepest message: to be looked
// through for a loop from there to the top.
TEST(Thread, ReferencesMadeUpToBeDeepAreLittleWork) {
  constexpr int kMany = 20'000;
  Mailbox mailbox;
  mailbox.Add(Message("0@x"));
  for (int i = 1; i < kMany; ++i) {
    mailbox.Add(Message(absl::StrCat(i, "@x"), absl::StrCat("<", i - 1, "@x>")));
  }
  for (int i = 0; i < kMany; ++i) {
    mailbox.Add(Message("", absl::StrCat("<z", i, "@x> <y", i, "@x>")));
    mailbox.Add(Message("", absl::StrCat("<", kMany - 1, "@x> <z", i, "@x>")));
  }
  EXPECT_EQ(mailbox.Thread(kRefs).substr(0, 8), "1[2[3[4[");
}

int Score(const TextQuery& query, absl::string_view text) {
  return query.Score(
      [text](const mail::CaselessMatcher& matcher) { return matcher.MatchesText(text); });
}

TEST(TextQuery, ExactUnlessFuzzy) {
  const TextQuery exact("imap break", false);
  EXPECT_EQ(Score(exact, "An IMAP breakage"), 100);
  EXPECT_EQ(Score(exact, "broken IMAP, a break"), 0);
  const TextQuery fuzzy("imap break", true);
  EXPECT_EQ(Score(fuzzy, "An IMAP breakage"), 100);
  EXPECT_EQ(Score(fuzzy, "a break of IMAP"), 90);
  EXPECT_GT(Score(fuzzy, "IMAP is fixed"), 0);
  EXPECT_LT(Score(fuzzy, "IMAP is fixed"), 90);
  EXPECT_EQ(Score(fuzzy, "nothing of it"), 0);
  EXPECT_GT(Score(TextQuery("Helo", true), "hello"), 0);
  EXPECT_EQ(Score(TextQuery("", true), "x"), 100);
}

}  // namespace
}  // namespace posthorn::store
