#include "connectors/kafka/transaction.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace headrace {

namespace {

// Aborting while the query is stopped: enough for a broker that is well.
constexpr int kLastAttemptMs = 500;

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

Status Repeat(KafkaClient* producer, const std::string& id, const Patience& patience,
              const std::function<Result<TransactionError>(int timeout_ms)>& call,
              int timeout_ms = Patience::kRequestMs) {
  return patience.Until([&](Status* trouble) -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(TransactionError error, call(timeout_ms));
    if (!error) return true;
    ARROW_RETURN_NOT_OK(producer->refusal());
    const bool retriable = rd_kafka_error_is_retriable(error.get());
    *trouble = TransactionStatus(error.release(), id);
    if (!retriable) return *trouble;
    const std::string why = producer->last_trouble();
    if (!why.empty()) {
      *trouble = trouble->WithMessage(trouble->message() + " (last trouble: " + why + ")");
    }
    return false;
  });
}

}  // namespace

Status TransactionStatus(rd_kafka_error_t* error, const std::string& id) {
  const TransactionError owned(error);
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

Status InitTransactions(KafkaClient* producer, const std::string& id, const Patience& patience) {
  return Repeat(producer, id, patience, [&](int timeout_ms) {
    return TransactionError(rd_kafka_init_transactions(producer->handle(), timeout_ms));
  });
}

Result<int64_t> CommittedBatch(const TransactionSettings& settings, const Patience& patience) {
  auto properties = settings.consumer_properties;
  properties["group.id"] = settings.group;
  properties["isolation.level"] = "read_committed";
  properties["enable.auto.commit"] = "false";
  ARROW_ASSIGN_OR_RAISE(const auto client, KafkaClient::Make(KafkaRole::kConsumer, properties));
  int64_t next = -1;
  ARROW_RETURN_NOT_OK(patience.Until([&](Status* trouble) -> Result<bool> {
    const ListPtr list = OnePartition(settings.marker, RD_KAFKA_OFFSET_INVALID);
    auto error = rd_kafka_committed(client->handle(), list.get(), Patience::kRequestMs);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
    next = list->elems[0].offset;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    *trouble = KafkaError("Kafka does not tell the newest batch of " + settings.id, error,
                          client->last_trouble());
    if (!IsTransient(error)) return *trouble;
    return false;
  }));
  return next < 0 ? -1 : next - 1;
}

MarkerOnItsWay::MarkerOnItsWay(std::shared_ptr<KafkaClient> producer,
                               const TransactionSettings& settings, int64_t batch_id)
    : producer_(std::move(producer)),
      id_(settings.id),
      group_(settings.group),
      partition_(settings.marker),
      batch_id_(batch_id) {}

MarkerOnItsWay MarkerOnItsWay::Send(std::shared_ptr<KafkaClient> producer,
                                    const TransactionSettings& settings, int64_t batch_id) {
  MarkerOnItsWay marker(std::move(producer), settings, batch_id);
  marker.Call();
  return marker;
}

void MarkerOnItsWay::Call() {
  // The broker is asked for as long as socket.timeout.ms says, and more than once.
  std::packaged_task<TransactionError()> task(
      [producer = producer_, partition = partition_, name = group_, next = batch_id_ + 1] {
        const ListPtr list = OnePartition(partition, next);
        const std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                              decltype(&rd_kafka_consumer_group_metadata_destroy)>
            group(rd_kafka_consumer_group_metadata_new(name.c_str()),
                  &rd_kafka_consumer_group_metadata_destroy);
        return TransactionError(rd_kafka_send_offsets_to_transaction(
            producer->handle(), list.get(), group.get(), Patience::kRequestMs));
      });
  answer_ = task.get_future();
  std::thread(std::move(task)).detach();
}

Status MarkerOnItsWay::Await(const Patience& patience) {
  return Repeat(producer_.get(), id_, patience, [&](int) -> Result<TransactionError> {
    if (!answer_.valid()) Call();
    constexpr std::chrono::milliseconds kSlice(20);
    while (answer_.wait_for(kSlice) != std::future_status::ready) {
      ARROW_RETURN_NOT_OK(patience.Check());
    }
    return answer_.get();
  });
}

void MarkerOnItsWay::Settle() {
  if (answer_.valid()) answer_.wait_for(std::chrono::milliseconds(kLastAttemptMs));
}

Status CommitTransaction(KafkaClient* producer, const std::string& id, const Patience& patience) {
  return Repeat(producer, id, patience, [&](int timeout_ms) {
    return TransactionError(rd_kafka_commit_transaction(producer->handle(), timeout_ms));
  });
}

Status AbortTransaction(KafkaClient* producer, const std::string& id, const Patience& patience) {
  const bool stopped = !patience.Check().ok();
  return Repeat(
      producer, id, patience,
      [&](int timeout_ms) {
        return TransactionError(rd_kafka_abort_transaction(producer->handle(), timeout_ms));
      },
      stopped ? kLastAttemptMs : Patience::kRequestMs);
}

}  // namespace headrace
