#include "pop3-gateway/maildrop/uid_set.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UidSet, RunsAsTheContractSays) {
  EXPECT_THAT(MakeUidSet({5, 6, 7, 10}).runs(), ElementsAre(5, 2, 3, 0));
  EXPECT_THAT(MakeUidSet({}).runs(), IsEmpty());
  EXPECT_THAT(MakeUidSet({1}).runs(), ElementsAre(1, 0));
  EXPECT_THAT(MakeUidSet({1, 3, 0xfffffffe, 0xffffffff}).runs(),
              ElementsAre(1, 0, 2, 0, 0xfffffffbu, 1));
}

}  // namespace
}  // namespace posthorn::pop3
