// What is said when data that a query was to read is not in Kafka any more.
#pragma once

#include <string>

#include "connectors/kafka/offset_ranges.h"

namespace headrace {

// With failOnDataLoss each of these is an error of the condition KAFKA_DATA_LOSS, otherwise a
// warning in the log. All name the offsets that are gone.
class DataLoss {
 public:
  DataLoss(bool fail, std::string group_id) : fail_(fail), group_id_(std::move(group_id)) {}

  bool fail() const { return fail_; }
  Status PartitionsDeleted(const PartitionOffsets& next_offsets) const;
  Status NoInitialOffsets(const TopicPartitions& partitions) const;
  Status AddedPartitionStartsLate(const TopicPartition& partition, int64_t start) const;
  Status OffsetWentBack(const TopicPartition& partition, int64_t before, int64_t now) const;
  // Of `range` only what lies in [available.from, available.until) can be read.
  Status RangeIsGone(const OffsetRange& range, const OffsetRange& available) const;

 private:
  Status Report(const std::string& condition, const std::string& what,
                ErrorParameters parameters) const;

  const bool fail_;
  const std::string group_id_;
};

}  // namespace headrace
