// Kafka transactions: one a batch, which also says which batch it is.
//
// The batch's id is an offset of a consumer group that nobody consumes with, committed within the
// transaction; so the log of Kafka itself tells which batches are in. Whoever starts with the same
// transactional id first ends what an earlier process left open, and shuts it out.
#pragma once

#include <map>
#include <string>

#include <librdkafka/rdkafka.h>

#include "connectors/kafka/partition_offsets.h"

namespace headrace {

struct TransactionSettings {
  std::string id;         // transactional.id
  std::string group;      // whose offset is the id of the next batch
  TopicPartition marker;  // the partition under which it is kept; its topic must exist
  std::map<std::string, std::string> consumer_properties;  // for reading it
};

// What a transaction's call answered, which it takes.
Status TransactionStatus(rd_kafka_error_t* error, const std::string& id);

Status InitTransactions(rd_kafka_t* producer, const std::string& id);
// The newest batch that was committed; -1: none. To be asked after InitTransactions.
Result<int64_t> CommittedBatch(const TransactionSettings& settings);
Status SendMarker(rd_kafka_t* producer, const TransactionSettings& settings, int64_t batch_id);
Status CommitTransaction(rd_kafka_t* producer, const std::string& id);
Status AbortTransaction(rd_kafka_t* producer, const std::string& id);

}  // namespace headrace
