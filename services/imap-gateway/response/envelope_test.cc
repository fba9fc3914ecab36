#include "imap-gateway/response/envelope.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

std::string Text(const v1::Envelope& envelope) {
  std::string out;
  AppendEnvelope(out, envelope);
  return out;
}

TEST(Envelope, NothingIsNil) { EXPECT_EQ(Text({}), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"); }

TEST(Envelope, SenderAndReplyToDefaultToFrom) {
  v1::Envelope envelope;
  envelope.set_date("Mon, 1 Jan 2024 00:00:00 +0000");
  envelope.set_subject("");
  v1::Address* from = envelope.add_from();
  from->set_name("Al \"B\"");
  from->set_mailbox("a");
  from->set_host("example.org");
  envelope.set_message_id("<x@y>");
  const std::string address = R"((("Al \"B\"" NIL "a" "example.org")))";
  EXPECT_EQ(Text(envelope), "(\"Mon, 1 Jan 2024 00:00:00 +0000\" \"\" " + address + " " + address +
                                " " + address + " NIL NIL NIL NIL \"<x@y>\")");
}

TEST(Envelope, Groups) {
  v1::Envelope envelope;
  v1::Address* start = envelope.add_to();
  start->set_is_group(true);
  start->set_mailbox("friends");
  v1::Address* member = envelope.add_to();
  member->set_mailbox("b");
  envelope.add_to()->set_is_group(true);
  EXPECT_EQ(Text(envelope),
            "(NIL NIL NIL NIL NIL ((NIL NIL \"friends\" NIL)(NIL NIL \"b\" \"\")(NIL NIL NIL NIL)) "
            "NIL NIL NIL NIL)");
}

}  // namespace
}  // namespace posthorn::imap
