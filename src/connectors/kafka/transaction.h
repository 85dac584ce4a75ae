// Kafka transactions: one a batch, which also says which batch it is.
//
// The batch's id is an offset of a consumer group that nobody consumes with, committed within the
// transaction; so the log of Kafka itself tells which batches are in. Whoever starts with the same
// transactional id first ends what an earlier process left open, and shuts it out.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/patience.h"

namespace headrace {

struct TransactionSettings {
  std::string id;         // transactional.id
  std::string group;      // whose offset is the id of the next batch
  TopicPartition marker;  // the partition under which it is kept; its topic must exist
  std::map<std::string, std::string> consumer_properties;  // for reading it
};

// What a transaction's call answered, which it takes.
Status TransactionStatus(rd_kafka_error_t* error, const std::string& id);

// All of these repeat what may succeed later, while brokers come and go, for as long as `patience`.
Status InitTransactions(KafkaClient* producer, const std::string& id, const Patience& patience);
// The newest batch that was committed; -1: none. To be asked after InitTransactions.
Result<int64_t> CommittedBatch(const TransactionSettings& settings, const Patience& patience);
// A producer that was stopped in this is of no more use: the call may still be under way, and keeps
// the client until it ends.
Status SendMarker(const std::shared_ptr<KafkaClient>& producer, const TransactionSettings& settings,
                  int64_t batch_id, const Patience& patience);
Status CommitTransaction(KafkaClient* producer, const std::string& id, const Patience& patience);
// What a stopped query leaves open, its next start ends.
Status AbortTransaction(KafkaClient* producer, const std::string& id, const Patience& patience);

}  // namespace headrace
