#include "mailstore/db/connection_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(WithTimeoutsTest, LimitsWhatTheStringLeavesOpen) {
  for (const char* url : {"postgresql://mail@db.example:5433/posthorn",
                          "host=db.example port=5433 user=mail dbname=posthorn", ""}) {
    const std::string result = WithTimeouts(url);
    for (const char* limit :
         {"connect_timeout='5'", "tcp_user_timeout='10000'", "keepalives_idle='10'",
          "keepalives_interval='5'", "keepalives_count='3'"}) {
      EXPECT_THAT(result, HasSubstr(limit)) << url;
    }
  }
}

TEST(WithTimeoutsTest, KeepsWhatItSays) {
  for (const char* url :
       {"postgresql://mail:it%27s%5C@one,two/posthorn?connect_timeout=2&tcp_user_timeout=0",
        "host=one,two user=mail password='it\\'s\\\\' dbname=posthorn connect_timeout=2 "
        "tcp_user_timeout=0"}) {
    const std::string result = WithTimeouts(url);
    EXPECT_THAT(result, HasSubstr("host='one,two'"));
    EXPECT_THAT(result, HasSubstr("password='it\\'s\\\\'"));
    EXPECT_THAT(result, HasSubstr("connect_timeout='2'"));
    EXPECT_THAT(result, HasSubstr("tcp_user_timeout='0'"));
    EXPECT_THAT(result, Not(HasSubstr("tcp_user_timeout='10000'")));
    EXPECT_EQ(WithTimeouts(result), result);
  }
}

TEST(WithTimeoutsTest, LeavesToLibpqWhatIsWrong) { EXPECT_EQ(WithTimeouts("no=such"), "no=such"); }

}  // namespace
}  // namespace posthorn::store
