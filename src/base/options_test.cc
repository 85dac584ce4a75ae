#include "base/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

using ::testing::HasSubstr;
using Values = std::map<std::string, std::string>;

TEST(OptionsTest, KeysAreCaseInsensitiveAndKeptAsTyped) {
  Options options(Values{{"maxFilesPerTrigger", "3"}});
  EXPECT_TRUE(options.Has("MAXFILESPERTRIGGER"));
  EXPECT_EQ(options.Get("maxfilespertrigger"), "3");
  options.Set("MaxFilesPerTrigger", "4");
  EXPECT_EQ(options.values(), (Values{{"MaxFilesPerTrigger", "4"}}));
  EXPECT_EQ(options.GetOr("absent", "x"), "x");
  EXPECT_EQ(options.Get("absent"), std::nullopt);
}

TEST(OptionsTest, TypedReads) {
  const Options options(Values{{"b", "TRUE"}, {"n", "-5"}, {"p", "7"}});
  EXPECT_TRUE(options.GetBool("b", false).ValueOrDie());
  EXPECT_TRUE(options.GetBool("absent", true).ValueOrDie());
  EXPECT_EQ(options.GetInt("n", 0).ValueOrDie(), -5);
  EXPECT_EQ(options.GetPositiveInt("p", 1).ValueOrDie(), 7);
  EXPECT_EQ(options.GetPositiveInt("absent", 1).ValueOrDie(), 1);
}

TEST(OptionsTest, WrongValuesAreNamed) {
  const Options options(
      Values{{"maxFilesPerTrigger", "0"}, {"header", "yes"}, {"interval", "soon"}});
  for (const Status& status :
       {options.GetPositiveInt("maxFilesPerTrigger", 1).status(),
        options.GetBool("header", false).status(), options.GetDurationUs("interval", 0).status()}) {
    EXPECT_EQ(ErrorDetail::Get(status)->kind(), ErrorKind::kIllegalArgument);
  }
  EXPECT_THAT(options.GetPositiveInt("maxFilesPerTrigger", 1).status().message(),
              HasSubstr("'0' for option 'maxFilesPerTrigger'"));
  EXPECT_FALSE(Options(Values{{"n", "12x"}}).GetInt("n", 0).ok());
  EXPECT_FALSE(Options(Values{{"n", "99999999999999999999"}}).GetInt("n", 0).ok());
}

TEST(OptionsTest, Durations) {
  const auto us = [](const std::string& text) {
    return Options(Values{{"d", text}}).GetDurationUs("d", -1);
  };
  EXPECT_EQ(us("10 seconds").ValueOrDie(), 10'000'000);
  EXPECT_EQ(us("5m").ValueOrDie(), 300'000'000);
  EXPECT_EQ(us("500ms").ValueOrDie(), 500'000);
  EXPECT_EQ(us("1500").ValueOrDie(), 1'500'000);
  EXPECT_EQ(us("interval 1 Minute 30 seconds").ValueOrDie(), 90'000'000);
  EXPECT_EQ(us("7 days").ValueOrDie(), int64_t{7} * 86'400'000'000);
  EXPECT_FALSE(us("").ok());
  EXPECT_FALSE(us("10 parsecs").ok());
  EXPECT_FALSE(us("9223372036854775807 days").ok());
}

}  // namespace
}  // namespace headrace
