// Reads one range of offsets of one partition.
#pragma once

#include <memory>

#include "connector/source.h"
#include "connectors/kafka/data_loss.h"
#include "connectors/kafka/partition_consumer.h"
#include "connectors/kafka/patience.h"

namespace headrace {

struct RangeReading {
  std::shared_ptr<KafkaClient> client;  // asked where a partition begins when offsets are missing
  std::shared_ptr<ConsumerPool> consumers;
  DataLoss data_loss;
  int64_t poll_timeout_us = 0;
  const CancellationToken* cancellation = nullptr;
};

// `schema`: the columns. The reader gives batches without rows while it waits for the broker, so
// that a cancelled query ends; after the poll timeout without any message it fails.
Result<std::unique_ptr<PartitionReader>> MakeRangeReader(std::shared_ptr<const RangeReading> how,
                                                         const OffsetRange& range,
                                                         SchemaPtr schema);

}  // namespace headrace
