#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(LogTest, LinesHaveTimeLevelAndComponent) {
  ::testing::internal::CaptureStderr();
  LogWarn("streaming", "behind");
  Log(LogLevel::kDebug, "streaming", "not shown");
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::MatchesRegex(
                  "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z WARN streaming: behind\n"));
}

TEST(LogTest, SecretsAreRedacted) {
  for (const char* key :
       {"password", "kafka.sasl.jaas.config", "fs.s3a.access.key", "accessKey", "auth_token",
        "SECRET", "azure.sas", "ssl.keystore.password", "private-key", "spark.credentials"}) {
    EXPECT_TRUE(IsSecretKey(key)) << key;
  }
  for (const char* key : {"path", "kafka.sasl.mechanism", "key", "subscribe", "user"}) {
    EXPECT_FALSE(IsSecretKey(key)) << key;
  }
  EXPECT_EQ(
      RedactOptions({{"password", "p"}, {"path", "/x"}}),
      (std::map<std::string, std::string>{{"password", "*********(redacted)"}, {"path", "/x"}}));
}

}  // namespace
}  // namespace headrace
