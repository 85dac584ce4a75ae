// Kafka transactions: one a batch, which also says which batch it is.
//
// The batch's id is an offset of a consumer group that nobody consumes with, committed within the
// transaction; so the log of Kafka itself tells which batches are in. Whoever starts with the same
// transactional id first ends what an earlier process left open, and shuts it out.
#pragma once

#include <future>
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

struct TransactionErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
// What a transaction's call answered; null: it succeeded.
using TransactionError = std::unique_ptr<rd_kafka_error_t, TransactionErrorDeleter>;

// What a transaction's call answered, which it takes.
Status TransactionStatus(rd_kafka_error_t* error, const std::string& id);

// All of these repeat what may succeed later, while brokers come and go, for as long as `patience`.
Status InitTransactions(KafkaClient* producer, const std::string& id, const Patience& patience);
// The newest batch that was committed; -1: none. To be asked after InitTransactions.
Result<int64_t> CommittedBatch(const TransactionSettings& settings, const Patience& patience);
// The marker of a batch that is on its way into the open transaction, beside its messages. Whoever
// is stopped drops it: the call may go on for much longer than it was told to, and keeps the
// producer until it ends; that is of no more use then.
class MarkerOnItsWay {
 public:
  static MarkerOnItsWay Send(std::shared_ptr<KafkaClient> producer,
                             const TransactionSettings& settings, int64_t batch_id);
  Status Await(const Patience& patience);
  // Gives the call under way, if any, a moment to end.
  void Settle();

 private:
  MarkerOnItsWay(std::shared_ptr<KafkaClient> producer, const TransactionSettings& settings,
                 int64_t batch_id);
  void Call();

  std::shared_ptr<KafkaClient> producer_;
  std::string id_;
  std::string group_;
  TopicPartition partition_;
  int64_t batch_id_;
  std::future<TransactionError> answer_;  // valid while a call is under way
};
Status CommitTransaction(KafkaClient* producer, const std::string& id, const Patience& patience);
// What a stopped query leaves open, its next start ends.
Status AbortTransaction(KafkaClient* producer, const std::string& id, const Patience& patience);

}  // namespace headrace
