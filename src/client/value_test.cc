#include "headrace/value.h"

#include <gtest/gtest.h>

#include "headrace/exceptions.h"
#include "headrace/row.h"

namespace headrace {
namespace {

TEST(ValueTest, GetWidensAndNeverNarrowsInSilence) {
  EXPECT_EQ(Value(7).get<int64_t>(), 7);
  EXPECT_EQ(Value(int64_t{7}).get<int>(), 7);
  EXPECT_THROW(Value(int64_t{1} << 40).get<int>(), IllegalArgumentException);
  EXPECT_THROW(Value(-1).get<unsigned>(), IllegalArgumentException);
  EXPECT_EQ(Value(1.5f).get<double>(), 1.5);
  EXPECT_THROW(Value(1.5).get<float>(), IllegalArgumentException);
  EXPECT_THROW(Value("1").get<int>(), IllegalArgumentException);
  EXPECT_THROW(Value(1).get<std::string>(), IllegalArgumentException);
}

TEST(ValueTest, NullsNeedAnOptional) {
  EXPECT_TRUE(Value().isNull());
  EXPECT_EQ(Value(nullptr).get<std::optional<int>>(), std::nullopt);
  EXPECT_EQ(Value(3).get<std::optional<int>>(), 3);
  EXPECT_THROW(Value(nullptr).get<int>(), IllegalArgumentException);
}

TEST(ValueTest, Collections) {
  const Value list = std::vector<int>{1, 2};
  EXPECT_EQ(list.get<std::vector<int64_t>>(), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(list.get<Array>().size(), 2u);
  const Value map = std::map<std::string, int>{{"a", 1}};
  EXPECT_EQ((map.get<std::map<std::string, int>>().at("a")), 1);
}

TEST(ValueTest, Times) {
  using namespace std::chrono;
  EXPECT_EQ(Value(2024y / March / 1).get<Date>(), sys_days(2024y / March / 1));
  const auto time = sys_time<nanoseconds>(nanoseconds(1'999));
  EXPECT_EQ(Value(time).get<Timestamp>(), Timestamp(microseconds(1)));
  EXPECT_EQ(Value(minutes(1)).get<DayTimeInterval>(), microseconds(60'000'000));
}

TEST(ValueTest, TextAsSparkPrintsIt) {
  using namespace std::chrono;
  EXPECT_EQ(Value().toString(), "NULL");
  EXPECT_EQ(Value(true).toString(), "true");
  EXPECT_EQ(Value(1.0).toString(), "1.0");
  EXPECT_EQ(Value(1e10).toString(), "1.0E10");
  EXPECT_EQ(Value(Date(2024y / March / 1)).toString(), "2024-03-01");
  EXPECT_EQ(Value(Timestamp(hours(12) + milliseconds(500))).toString(), "1970-01-01 12:00:00.5");
  EXPECT_EQ(Value(Binary{"\x0A\xFF"}).toString(), "[0A FF]");
  EXPECT_EQ(Value(Array{1, nullptr}).toString(), "[1, NULL]");
  EXPECT_EQ(Value(Map{{"a", 1}}).toString(), "{a -> 1}");
  EXPECT_EQ(Value(Row("x", 2)).toString(), "{x, 2}");
}

TEST(ValueTest, Equality) {
  EXPECT_EQ(Value(1), Value(1));
  EXPECT_NE(Value(1), Value(int64_t{1}));
  EXPECT_EQ(Value(Array{1, "a"}), Value(Array{1, "a"}));
  EXPECT_NE(Value(Row(1)), Value(Row(2)));
}

TEST(RowTest, AccessByPositionAndName) {
  const Row row = Row::of({"a", int64_t{3}}, std::make_shared<const std::vector<std::string>>(
                                                 std::vector<std::string>{"word", "count"}));
  EXPECT_EQ(row.getString(0), "a");
  EXPECT_EQ(row.get<int64_t>("count"), 3);
  EXPECT_EQ(row.toString(), "Row(word=a, count=3)");
  EXPECT_THROW(row[2], IllegalArgumentException);
  try {
    row["words"];
    FAIL();
  } catch (const IllegalArgumentException& error) {
    EXPECT_NE(error.getMessage().find("word, count"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace headrace
