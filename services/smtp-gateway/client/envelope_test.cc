#include "smtp-gateway/client/envelope.h"

#include <gtest/gtest.h>

namespace posthorn::client {
namespace {

Extensions Offering(const std::vector<std::string>& keywords) {
  Reply reply{250, {"mx.example.net"}};
  reply.lines.insert(reply.lines.end(), keywords.begin(), keywords.end());
  return ParseExtensions(reply);
}

TEST(Extensions, AreRead) {
  const Extensions all = Offering({"size 1000", "STARTTLS", "Pipelining", "AUTH plain LOGIN",
                                   "DELIVERBY 60", "LIMITS RCPTMAX=5 MAILMAX=x RCPTDOMAINMAX=2 FOO",
                                   "BINARYMIME", "CHUNKING", "XFOO bar"});
  EXPECT_TRUE(all.starttls && all.pipelining && all.binarymime && all.size);
  EXPECT_EQ(all.size_limit, 1000u);
  EXPECT_EQ(all.auth, (std::vector<std::string>{"PLAIN", "LOGIN"}));
  EXPECT_EQ(all.deliver_by, 60u);
  EXPECT_EQ(all.most_recipients, 5u);
  EXPECT_EQ(all.most_domains, 2u);
  EXPECT_FALSE(all.most_messages.has_value());
  EXPECT_FALSE(Offering({"SIZE 0"}).size_limit.has_value());
  EXPECT_FALSE(Offering({"BINARYMIME"}).binarymime);
  // The greeting names no extensions.
  EXPECT_FALSE(ParseExtensions(Reply{250, {"STARTTLS"}}).starttls);
}

TEST(Envelope, SaysWhatTheServerKnows) {
  v1::QueuedMessage message;
  message.set_size(7);
  message.set_content(v1::BODY_KIND_8BITMIME);
  auto& envelope = *message.mutable_envelope();
  envelope.set_envelope_id("a b+c");
  envelope.set_return_full(true);
  envelope.set_priority(-3);
  envelope.set_deliver_by(v1::DELIVER_BY_NOTIFY);
  envelope.set_deliver_by_trace(true);
  envelope.set_require_tls(true);
  const Sender sender{message, ""};
  const Extensions all =
      Offering({"SIZE", "8BITMIME", "DSN", "MT-PRIORITY", "DELIVERBY", "REQUIRETLS"});
  EXPECT_EQ(*MailCommand(sender, false, 5, Offering({})), "MAIL FROM:<>\r\n");
  EXPECT_EQ(*MailCommand(sender, false, -5, all),
            "MAIL FROM:<> SIZE=7 BODY=8BITMIME RET=HDRS ENVID=a+20b+2Bc REQUIRETLS BY=-5;NT "
            "MT-PRIORITY=-3\r\n");
  envelope.set_require_tls(false);
  EXPECT_EQ(*MailCommand(sender, false, -5, all),
            "MAIL FROM:<> SIZE=7 BODY=8BITMIME RET=FULL ENVID=a+20b+2Bc BY=-5;NT "
            "MT-PRIORITY=-3\r\n");

  v1::LeasedRecipient recipient;
  recipient.set_forward_path("bob@example.net");
  recipient.set_notify(v1::NOTIFY_SUCCESS | v1::NOTIFY_DELAY);
  recipient.set_original_recipient("rfc822;bob=x@example.net");
  EXPECT_EQ(*RcptCommand(recipient, false, Offering({})), "RCPT TO:<bob@example.net>\r\n");
  EXPECT_EQ(*RcptCommand(recipient, false, Offering({"DSN"})),
            "RCPT TO:<bob@example.net> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+3Dx@example.net\r\n");
}

TEST(Envelope, AddressesCannotBreakOut) {
  v1::LeasedRecipient recipient;
  for (const char* address : {"a@b>\r\nDATA", "a> SIZE=1@b", "a b@c", "a\n@b", "\xC3\xBC@b"}) {
    recipient.set_forward_path(address);
    EXPECT_FALSE(RcptCommand(recipient, false, {}).ok()) << address;
  }
  recipient.set_forward_path("\"a b\"@c.example");
  EXPECT_EQ(*RcptCommand(recipient, false, {}), "RCPT TO:<\"a b\"@c.example>\r\n");
}

TEST(Envelope, InternationalAddresses) {
  v1::QueuedMessage message;
  message.mutable_envelope()->set_smtputf8(true);
  v1::LeasedRecipient recipient;
  recipient.set_forward_path(
      "bob@b\xC3\xBC"
      "cher.example");
  const Sender sender{message, "alice@example.org"};
  // Only the domain is international: it is sent as A-labels, to any server.
  EXPECT_FALSE(NeedsUtf8(recipient.forward_path()));
  EXPECT_EQ(FindObstacle(sender, false, Offering({})).status_code, "");
  EXPECT_EQ(*RcptCommand(recipient, false, {}), "RCPT TO:<bob@xn--bcher-kva.example>\r\n");
  recipient.set_forward_path("b\xC3\xBC@example.net");
  EXPECT_TRUE(NeedsUtf8(recipient.forward_path()));
  EXPECT_EQ(FindObstacle(sender, true, Offering({})).status_code, "5.6.7");
  EXPECT_EQ(*MailCommand(sender, true, 0, Offering({"SMTPUTF8"})),
            "MAIL FROM:<alice@example.org> SMTPUTF8\r\n");
}

TEST(Envelope, Obstacles) {
  v1::QueuedMessage message;
  message.set_size(1001);
  const Sender sender{message, "a@b.example"};
  EXPECT_EQ(FindObstacle(sender, false, Offering({"SIZE 1000"})).status_code, "5.3.4");
  EXPECT_EQ(FindObstacle(sender, false, Offering({"SIZE 1001"})).status_code, "");
  message.set_content(v1::BODY_KIND_8BITMIME);
  EXPECT_TRUE(NeedsDowngrade(message, Offering({})));
  EXPECT_FALSE(NeedsDowngrade(message, Offering({"8BITMIME"})));
  message.mutable_envelope()->set_deliver_by(v1::DELIVER_BY_RETURN);
  EXPECT_EQ(FindObstacle(sender, false, Offering({"8BITMIME"})).status_code, "5.3.3");
}

}  // namespace
}  // namespace posthorn::client
