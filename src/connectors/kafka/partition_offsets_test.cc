#include "connectors/kafka/partition_offsets.h"

#include <gtest/gtest.h>

#include "connectors/kafka/offset_ranges.h"

namespace headrace {
namespace {

PartitionOffsets Offsets(const std::string& json) { return *ParsePartitionOffsets(json); }

TEST(PartitionOffsetsTest, HaveSparksJsonSortedByTopicAndPartition) {
  const PartitionOffsets offsets{{{"b", 0}, 2}, {{"a", 10}, 345}, {{"a", 2}, 23}};
  EXPECT_EQ(ToJson(offsets), R"({"a":{"2":23,"10":345},"b":{"0":2}})");
  EXPECT_EQ(ToJson({}), "{}");
}

TEST(PartitionOffsetsTest, AreReadInAnyOrder) {
  EXPECT_EQ(Offsets(R"({"b":{"0":-2},"a":{"1":-1,"0":9223372036854775807}})"),
            (PartitionOffsets{{{"a", 0}, INT64_MAX}, {{"a", 1}, -1}, {{"b", 0}, -2}}));
}

TEST(PartitionOffsetsTest, OfAnotherFormAreRefusedWithAnExample) {
  for (const char* json : {"earliestt", "[1]", R"({"a":[0]})", R"({"a":{"x":1}})",
                           R"({"a":{"0":"1"}})", R"({"a":{"-1":1}})", R"({"a":{"0":1.5}})"}) {
    const auto parsed = ParsePartitionOffsets(json);
    ASSERT_FALSE(parsed.ok()) << json;
    EXPECT_EQ(ErrorDetail::Get(parsed.status())->kind(), ErrorKind::kIllegalArgument);
    EXPECT_NE(
        parsed.status().message().find(
            std::string(R"(Expected e.g. {"topicA":{"0":23,"1":-1},"topicB":{"0":-2}}, got )") +
            json),
        std::string::npos)
        << parsed.status().message();
  }
}

TEST(TopicPartitionsTest, AreListsByTopic) {
  const auto parsed = ParseTopicPartitions(R"({"b":[1],"a":[1,0]})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, (TopicPartitions{{"a", 0}, {"a", 1}, {"b", 1}}));
  EXPECT_EQ(ToString(*parsed), "[a-0, a-1, b-1]");
  EXPECT_FALSE(ParseTopicPartitions(R"({"a":{"0":1}})").ok());
}

// The rule of semantics.md 7.3: share = limit × size / total; below 1 up, else down.
TEST(LimitOffsetsTest, SpreadsTheLimitByBacklog) {
  EXPECT_EQ(LimitOffsets(10, Offsets(R"({"t":{"0":0,"1":100}})"),
                         Offsets(R"({"t":{"0":30,"1":110}})"), {}),
            Offsets(R"({"t":{"0":7,"1":102}})"));
}

TEST(LimitOffsetsTest, StarvesNoSmallPartition) {
  EXPECT_EQ(LimitOffsets(10, Offsets(R"({"t":{"0":0,"1":0}})"),
                         Offsets(R"({"t":{"0":1000000,"1":3}})"), {}),
            Offsets(R"({"t":{"0":9,"1":1}})"));
}

TEST(LimitOffsetsTest, NeverPassesTheEndNorTouchesWhatHasNothingNew) {
  EXPECT_EQ(LimitOffsets(1000, Offsets(R"({"t":{"0":5,"1":7,"2":9}})"),
                         Offsets(R"({"t":{"0":8,"1":7,"2":4}})"), {}),
            Offsets(R"({"t":{"0":8,"1":7,"2":4}})"));
  EXPECT_EQ(LimitOffsets(INT64_MAX, Offsets(R"({"t":{"0":5}})"), Offsets(R"({"t":{"0":8}})"), {}),
            Offsets(R"({"t":{"0":8}})"));
}

TEST(LimitOffsetsTest, CountsNewPartitionsFromTheirBeginning) {
  EXPECT_EQ(LimitOffsets(4, Offsets(R"({"t":{"0":0}})"), Offsets(R"({"t":{"0":4,"1":14}})"),
                         Offsets(R"({"t":{"1":10}})")),
            Offsets(R"({"t":{"0":2,"1":12}})"));
}

OffsetRange Range(int partition, int64_t from, int64_t until) {
  return {{"t", partition}, from, until};
}

TEST(SplitRangesTest, LeavesRangesWholeUnlessAsked) {
  EXPECT_EQ(SplitRanges({Range(0, 1, 5), Range(1, 3, 3), Range(2, 4, 2), Range(3, 0, 9)}, 0, 0),
            (std::vector<OffsetRange>{Range(0, 1, 5), Range(3, 0, 9)}));
}

// Worked out by hand after Spark's rule: what stays whole is left out of the proportion.
TEST(SplitRangesTest, CutsLargeRangesForMorePartitions) {
  EXPECT_EQ(
      SplitRanges({Range(0, 1, 5)}, 4, 0),
      (std::vector<OffsetRange>{Range(0, 1, 2), Range(0, 2, 3), Range(0, 3, 4), Range(0, 4, 5)}));
  EXPECT_EQ(SplitRanges({Range(0, 0, 1000), Range(1, 0, 10)}, 3, 0),
            (std::vector<OffsetRange>{Range(0, 0, 500), Range(0, 500, 1000), Range(1, 0, 10)}));
  EXPECT_EQ(SplitRanges({Range(0, 0, 5)}, 3, 0),
            (std::vector<OffsetRange>{Range(0, 0, 1), Range(0, 1, 3), Range(0, 3, 5)}));
}

TEST(SplitRangesTest, CutsRangesOfTooManyRecords) {
  EXPECT_EQ(
      SplitRanges({Range(0, 0, 10), Range(1, 0, 4)}, 0, 4),
      (std::vector<OffsetRange>{Range(0, 0, 3), Range(0, 3, 6), Range(0, 6, 10), Range(1, 0, 4)}));
}

}  // namespace
}  // namespace headrace
