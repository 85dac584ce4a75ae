// Sends rows to Kafka and learns whether they arrived.
//
// Send may be called by several threads. librdkafka keeps what is on its way, bounded by
// `queue.buffering.max.*`; when that is full, Send waits.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "connector/source.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/sink_columns.h"
#include "connectors/kafka/transaction.h"

namespace headrace {

class KafkaProducer {
 public:
  static Result<std::unique_ptr<KafkaProducer>> Make(std::map<std::string, std::string> properties,
                                                     std::optional<std::string> topic,
                                                     SinkColumns columns,
                                                     std::optional<TransactionSettings> transaction,
                                                     int64_t max_block_us);
  // Whoever waits gives up when this is cancelled.
  void SetCancellation(const CancellationToken* cancellation) {
    patience_.cancellation = cancellation;
  }

  Status Send(const arrow::RecordBatch& batch);
  // Waits until the broker has all that was sent; the first failure since the last Flush.
  Status Flush();
  // Gives up what is on its way.
  void Discard();

  // Transactions, for a producer that was made with settings for them.
  //
  // Shuts out earlier producers of the same id, and ends what they left open.
  Status InitTransactions();
  // The newest batch whose transaction was committed; -1: none. To be asked once all producers of
  // the query have shut out those before them.
  Result<int64_t> CommittedBatch();
  // That this batch is in is on its way at once.
  Status BeginTransaction(int64_t batch_id);
  // All that was sent, and that the batch is in, is part of the transaction.
  Status PrepareTransaction();
  Status CommitTransaction();
  Status AbortTransaction();

 private:
  struct RowMessages;

  KafkaProducer(std::optional<std::string> topic, SinkColumns columns,
                std::optional<TransactionSettings> transaction, int64_t max_block_us)
      : topic_(std::move(topic)),
        columns_(columns),
        transaction_(std::move(transaction)),
        patience_{max_block_us, nullptr} {}
  void OnDelivery(const rd_kafka_message_t& message);
  Status SendRow(const RowMessages& rows, int64_t row, rd_kafka_topic_t* topic);
  Status failure();
  // The topic, once the brokers have told that it is there.
  Result<rd_kafka_topic_t*> FindTopic(const std::string& name);

  const std::optional<std::string> topic_;
  const SinkColumns columns_;
  const std::optional<TransactionSettings> transaction_;
  Patience patience_;  // max.block.ms, for what the brokers have to tell
  std::mutex mutex_;
  Status failure_;
  std::map<std::string, rd_kafka_topic_t*, std::less<>> topics_;
  std::optional<MarkerOnItsWay> marker_;  // of the open transaction
  // Last: its threads call the others while they stop.
  std::shared_ptr<KafkaClient> client_;
};

}  // namespace headrace
