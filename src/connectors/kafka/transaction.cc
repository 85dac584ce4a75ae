#include "connectors/kafka/transaction.h"

#include <chrono>
#include <functional>
#include <memory>

#include "connectors/kafka/kafka_client.h"

namespace headrace {

namespace {

constexpr int kAttemptMs = 5000;
constexpr auto kLongest = std::chrono::seconds(60);

struct ErrorDeleter {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, ErrorDeleter>;

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using ListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

ListPtr OnePartition(const TopicPartition& partition, int64_t offset) {
  ListPtr list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
      ->offset = offset;
  return list;
}

// Calls that may be repeated are, while brokers come and go.
Status Repeat(const std::string& id, const std::function<rd_kafka_error_t*()>& call) {
  const auto end = std::chrono::steady_clock::now() + kLongest;
  while (true) {
    ErrorPtr error(call());
    if (!error) return Status::OK();
    if (!rd_kafka_error_is_retriable(error.get()) || std::chrono::steady_clock::now() > end) {
      return TransactionStatus(error.release(), id);
    }
  }
}

}  // namespace

Status TransactionStatus(rd_kafka_error_t* error, const std::string& id) {
  const ErrorPtr owned(error);
  if (!owned) return Status::OK();
  const auto code = rd_kafka_error_code(error);
  const bool fenced = code == RD_KAFKA_RESP_ERR__FENCED ||
                      code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                      code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
  return MakeError(
      ErrorKind::kSpark, "",
      "The Kafka transaction of " + id + " failed: " + rd_kafka_error_string(error) +
          (fenced ? ". Another process writes for this query, or the transaction took longer than "
                    "kafka.transaction.timeout.ms."
                  : ""));
}

Status InitTransactions(rd_kafka_t* producer, const std::string& id) {
  return Repeat(id, [&] { return rd_kafka_init_transactions(producer, kAttemptMs); });
}

Result<int64_t> CommittedBatch(const TransactionSettings& settings) {
  auto properties = settings.consumer_properties;
  properties["group.id"] = settings.group;
  properties["isolation.level"] = "read_committed";
  properties["enable.auto.commit"] = "false";
  ARROW_ASSIGN_OR_RAISE(const auto client, KafkaClient::Make(KafkaRole::kConsumer, properties));
  const auto end = std::chrono::steady_clock::now() + kLongest;
  while (true) {
    const ListPtr list = OnePartition(settings.marker, RD_KAFKA_OFFSET_INVALID);
    auto error = rd_kafka_committed(client->handle(), list.get(), kAttemptMs);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const int64_t next = list->elems[0].offset;
      return next < 0 ? -1 : next - 1;
    }
    if (!IsTransient(error) || std::chrono::steady_clock::now() > end) {
      return KafkaError("Kafka does not tell the newest batch of " + settings.id, error,
                        client->last_trouble());
    }
  }
}

Status SendMarker(rd_kafka_t* producer, const TransactionSettings& settings, int64_t batch_id) {
  const ListPtr list = OnePartition(settings.marker, batch_id + 1);
  const std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                        decltype(&rd_kafka_consumer_group_metadata_destroy)>
      group(rd_kafka_consumer_group_metadata_new(settings.group.c_str()),
            &rd_kafka_consumer_group_metadata_destroy);
  return Repeat(settings.id, [&] {
    return rd_kafka_send_offsets_to_transaction(producer, list.get(), group.get(), kAttemptMs);
  });
}

Status CommitTransaction(rd_kafka_t* producer, const std::string& id) {
  return Repeat(id, [&] { return rd_kafka_commit_transaction(producer, kAttemptMs); });
}

Status AbortTransaction(rd_kafka_t* producer, const std::string& id) {
  return Repeat(id, [&] { return rd_kafka_abort_transaction(producer, kAttemptMs); });
}

}  // namespace headrace
