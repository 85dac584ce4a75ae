#include "client/connection_url.h"

#include <gtest/gtest.h>

#include "headrace/exceptions.h"

namespace headrace::client {
namespace {

TEST(ConnectionUrlTest, HostAndPort) {
  EXPECT_EQ(ParseConnectionUrl("sc://example").target(), "example:15002");
  EXPECT_EQ(ParseConnectionUrl("sc://example:1").target(), "example:1");
  EXPECT_EQ(ParseConnectionUrl("sc://[::1]:7/").target(), "[::1]:7");
  EXPECT_EQ(ParseConnectionUrl("sc://[::1]").target(), "[::1]:15002");
}

TEST(ConnectionUrlTest, Parameters) {
  const auto url = ParseConnectionUrl(
      "sc://h/"
      ";user_id=me;user_agent=app;session_id=00112233-4455-6677-8899-aabbccddeeff;x-a=b%20c");
  EXPECT_EQ(url.user_id, "me");
  EXPECT_EQ(url.user_agent, "app");
  EXPECT_EQ(url.session_id, "00112233-4455-6677-8899-aabbccddeeff");
  ASSERT_EQ(url.metadata.size(), 1u);
  EXPECT_EQ(url.metadata[0].first, "x-a");
  EXPECT_EQ(url.metadata[0].second, "b c");
}

TEST(ConnectionUrlTest, ATokenAsksForTlsUnlessTheHostIsThisMachine) {
  EXPECT_FALSE(ParseConnectionUrl("sc://h").use_tls);
  EXPECT_TRUE(ParseConnectionUrl("sc://h/;token=t").use_tls);
  EXPECT_FALSE(ParseConnectionUrl("sc://localhost/;token=t").use_tls);
  EXPECT_FALSE(ParseConnectionUrl("sc://h/;token=t;use_ssl=false").use_tls);
  EXPECT_TRUE(ParseConnectionUrl("sc://h/;use_ssl=true").use_tls);
}

TEST(ConnectionUrlTest, MistakesAreNamed) {
  for (const char* url :
       {"http://h", "h:1", "sc://", "sc://:1", "sc://h:port", "sc://h:0", "sc://h:70000",
        "sc://h/path", "sc://h/;token", "sc://h/;use_ssl=yes", "sc://h/;session_id=1"}) {
    try {
      ParseConnectionUrl(url);
      ADD_FAILURE() << url;
    } catch (const IllegalArgumentException& error) {
      EXPECT_EQ(error.getCondition(), "INVALID_CONNECT_URL");
      EXPECT_NE(error.getMessage().find(url), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace headrace::client
