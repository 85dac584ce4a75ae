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

Status Repeat(KafkaClient* producer, const std::string& id, const Patience& patience,
              const std::function<Result<ErrorPtr>(int timeout_ms)>& call,
              int timeout_ms = Patience::kRequestMs) {
  return patience.Until([&](Status* trouble) -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(ErrorPtr error, call(timeout_ms));
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

// A call that may go on for much longer than it was told to. Whoever is stopped meanwhile leaves it
// to a thread; what `call` holds lives until it has ended.
Result<ErrorPtr> UnlessStopped(const Patience& patience, std::function<rd_kafka_error_t*()> call) {
  std::packaged_task<ErrorPtr()> task([call = std::move(call)] { return ErrorPtr(call()); });
  auto answer = task.get_future();
  std::thread(std::move(task)).detach();
  constexpr std::chrono::milliseconds kSlice(20);
  while (answer.wait_for(kSlice) != std::future_status::ready) {
    ARROW_RETURN_NOT_OK(patience.Check());
  }
  return answer.get();
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

Status InitTransactions(KafkaClient* producer, const std::string& id, const Patience& patience) {
  return Repeat(producer, id, patience, [&](int timeout_ms) {
    return ErrorPtr(rd_kafka_init_transactions(producer->handle(), timeout_ms));
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

Status SendMarker(const std::shared_ptr<KafkaClient>& producer, const TransactionSettings& settings,
                  int64_t batch_id, const Patience& patience) {
  // The broker is asked for as long as socket.timeout.ms says, and more than once.
  return Repeat(producer.get(), settings.id, patience, [&](int timeout_ms) {
    return UnlessStopped(patience, [producer, marker = settings.marker, name = settings.group,
                                    batch_id, timeout_ms] {
      const ListPtr list = OnePartition(marker, batch_id + 1);
      const std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                            decltype(&rd_kafka_consumer_group_metadata_destroy)>
          group(rd_kafka_consumer_group_metadata_new(name.c_str()),
                &rd_kafka_consumer_group_metadata_destroy);
      return rd_kafka_send_offsets_to_transaction(producer->handle(), list.get(), group.get(),
                                                  timeout_ms);
    });
  });
}

Status CommitTransaction(KafkaClient* producer, const std::string& id, const Patience& patience) {
  return Repeat(producer, id, patience, [&](int timeout_ms) {
    return ErrorPtr(rd_kafka_commit_transaction(producer->handle(), timeout_ms));
  });
}

Status AbortTransaction(KafkaClient* producer, const std::string& id, const Patience& patience) {
  const bool stopped = !patience.Check().ok();
  return Repeat(
      producer, id, patience,
      [&](int timeout_ms) {
        return ErrorPtr(rd_kafka_abort_transaction(producer->handle(), timeout_ms));
      },
      stopped ? kLastAttemptMs : Patience::kRequestMs);
}

}  // namespace headrace
