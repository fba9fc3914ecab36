#include "mailstore/outbound/envelope_check.h"

#include <gtest/gtest.h>

#include <functional>

namespace posthorn::store {
namespace {

v1::DeliverStart Good() {
  v1::DeliverStart start;
  start.mutable_envelope()->set_reverse_path("alice@example.org");
  start.mutable_envelope()->set_priority(-9);
  start.add_recipients()->set_forward_path("bob@far.example");
  start.mutable_recipients(0)->set_notify(v1::NOTIFY_FAILURE | v1::NOTIFY_DELAY);
  return start;
}

TEST(CheckOutgoing, TakesWhatIsWithinTheLimits) {
  EXPECT_TRUE(CheckOutgoing(Good()).ok());
  EXPECT_TRUE(CheckOutgoing({}).ok());
  v1::DeliverStart literal = Good();
  literal.mutable_recipients(0)->set_forward_path("bob@[192.0.2.1]");
  EXPECT_TRUE(CheckOutgoing(literal).ok());
}

TEST(CheckOutgoing, RefusesTheRest) {
  const std::function<void(v1::DeliverStart&)> kBad[] = {
      [](auto& s) { s.mutable_envelope()->set_reverse_path("a\r\n@example.org"); },
      [](auto& s) { s.mutable_envelope()->set_envelope_id(std::string(101, 'x')); },
      [](auto& s) { s.mutable_envelope()->set_priority(10); },
      [](auto& s) { s.mutable_envelope()->set_hold_seconds(400 * 86'400); },
      [](auto& s) {
        s.mutable_envelope()->set_hold_seconds(1);
        s.add_account_ids(1);
      },
      [](auto& s) { s.mutable_recipients(0)->set_forward_path(""); },
      [](auto& s) { s.mutable_recipients(0)->set_forward_path("bob"); },
      [](auto& s) { s.mutable_recipients(0)->set_forward_path("b\nob@far.example"); },
      [](auto& s) { s.mutable_recipients(0)->set_notify(16); },
      [](auto& s) { s.mutable_recipients(0)->set_original_recipient(std::string(1'025, 'x')); },
      [](auto& s) {
        for (int i = 0; i < 1'000; ++i) {
          *s.add_recipients() = s.recipients(0);
        }
      },
      [](auto& s) { s.add_success_recipients()->set_forward_path("\n"); },
  };
  for (size_t i = 0; i < std::size(kBad); ++i) {
    v1::DeliverStart start = Good();
    kBad[i](start);
    EXPECT_TRUE(absl::IsInvalidArgument(CheckOutgoing(start))) << i;
  }
}

}  // namespace
}  // namespace posthorn::store
