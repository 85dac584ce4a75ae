// How much one batch reads, and in how many pieces.
#pragma once

#include <cstdint>
#include <vector>

#include "connectors/kafka/partition_offsets.h"

namespace headrace {

// maxOffsetsPerTrigger: the end of a batch of about `limit` offsets between `from` and `until`,
// which is spread in proportion to what each partition holds; a small partition gets at least one.
// A partition that `from` lacks begins at its offset in `begin_of_new`.
PartitionOffsets LimitOffsets(int64_t limit, const PartitionOffsets& from,
                              const PartitionOffsets& until, const PartitionOffsets& begin_of_new);

// [from, until) of one partition.
struct OffsetRange {
  TopicPartition partition;
  int64_t from = 0;
  int64_t until = 0;

  int64_t size() const { return until - from; }
  bool operator==(const OffsetRange&) const = default;
};

// Cuts `ranges` into at least about `min_partitions` pieces (0: no such wish), none of them larger
// than `max_records` (0: no limit). Empty ranges are dropped.
std::vector<OffsetRange> SplitRanges(std::vector<OffsetRange> ranges, int64_t min_partitions,
                                     int64_t max_records);

}  // namespace headrace
