// Offsets by topic and partition, and the JSON in which programs and checkpoints hold them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
  std::string ToString() const { return topic + "-" + std::to_string(partition); }  // "t-0"
};
using TopicPartitions = std::set<TopicPartition>;

// The next offset to read of each partition.
using PartitionOffsets = std::map<TopicPartition, int64_t>;

// What stands for an offset that is looked up only when it is needed.
inline constexpr int64_t kLatestOffset = -1;
inline constexpr int64_t kEarliestOffset = -2;

// {"topicA":{"0":23,"1":345},"topicB":{"0":2}}, sorted by topic and partition.
std::string ToJson(const PartitionOffsets& offsets);
// IllegalArgument showing the form when `json` has another one.
Result<PartitionOffsets> ParsePartitionOffsets(const std::string& json);
// {"topicA":[0,1],"topicB":[2]}
Result<TopicPartitions> ParseTopicPartitions(const std::string& json);

// "[t-0, t-1]"
std::string ToString(const TopicPartitions& partitions);
TopicPartitions KeysOf(const PartitionOffsets& offsets);

}  // namespace headrace
