#include "connectors/kafka/kafka_producer.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace headrace {

namespace {

constexpr int kPollMs = 100;

std::string_view Bytes(const arrow::Array& array, int64_t row) {
  // utf8 and binary have one layout.
  return static_cast<const arrow::BinaryArray&>(array).GetView(row);
}

// What librdkafka takes: a value without bytes is none, unless there is an address.
struct Field {
  Field(const arrow::Array* array, int64_t row) {
    if (array == nullptr || array->IsNull(row)) return;
    const auto view = Bytes(*array, row);
    data = view.empty() ? "" : view.data();
    size = view.size();
  }
  const void* data = nullptr;
  size_t size = 0;
};

rd_kafka_headers_t* MakeHeaders(const arrow::ListArray& list, int64_t row) {
  const auto& entries = static_cast<const arrow::StructArray&>(*list.values());
  // field() honours the struct's own offset.
  const auto names = entries.field(0);
  const auto values = entries.field(1);
  rd_kafka_headers_t* headers = rd_kafka_headers_new(static_cast<size_t>(list.value_length(row)));
  const int64_t begin = list.value_offset(row);
  for (int64_t i = begin; i < begin + list.value_length(row); ++i) {
    const auto name = Bytes(*names, i);
    const Field value(values.get(), i);
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data,
                        static_cast<ssize_t>(value.size));
  }
  return headers;
}

}  // namespace

struct KafkaProducer::RowMessages {
  const arrow::Array* key;
  const arrow::Array* value;
  const arrow::Array* topic;
  const arrow::Array* partition;
  const arrow::Array* headers;
};

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Make(
    std::map<std::string, std::string> properties, std::optional<std::string> topic,
    SinkColumns columns, std::optional<TransactionSettings> transaction, int64_t max_block_us) {
  if (transaction) properties["transactional.id"] = transaction->id;
  std::unique_ptr<KafkaProducer> producer(
      new KafkaProducer(std::move(topic), columns, std::move(transaction), max_block_us));
  ARROW_ASSIGN_OR_RAISE(
      producer->client_,
      KafkaClient::Make(
          KafkaRole::kProducer, properties,
          [raw = producer.get()](const rd_kafka_message_t& message) { raw->OnDelivery(message); }));
  return producer;
}

void KafkaProducer::OnDelivery(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  std::lock_guard lock(mutex_);
  if (!failure_.ok()) return;
  failure_ =
      KafkaError("A message for the Kafka topic '" + std::string(rd_kafka_topic_name(message.rkt)) +
                     "' could not be written",
                 message.err, client_->last_trouble());
}

Status KafkaProducer::failure() {
  std::lock_guard lock(mutex_);
  return failure_;
}

Result<rd_kafka_topic_t*> KafkaProducer::FindTopic(const std::string& name) {
  {
    std::lock_guard lock(mutex_);
    if (const auto found = topics_.find(name); found != topics_.end()) return found->second;
  }
  // The question has the brokers make the topic if they make topics by themselves.
  ARROW_RETURN_NOT_OK(patience_.Until([&](Status* trouble) -> Result<bool> {
    const auto metadata = client_->FetchMetadata({name}, Patience::kRequestMs);
    if (!metadata.ok()) ARROW_RETURN_NOT_OK(client_->refusal());
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (metadata.ok()) {
      const auto topic = metadata->find(name);
      if (topic != metadata->end()) {
        error = topic->second.error;
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR && topic->second.partitions > 0) return true;
      }
      *trouble = KafkaError("the topic", error);
      if (!IsTransient(error)) return KafkaError("Kafka topic '" + name + "'", error);
    } else {
      *trouble = metadata.status();
    }
    *trouble = MakeError(ErrorKind::kSpark, "",
                         "Topic " + name + " not present in metadata after " +
                             std::to_string(patience_.timeout_us / 1000) +
                             " ms (kafka.max.block.ms): " + trouble->message());
    return false;
  }));
  ARROW_ASSIGN_OR_RAISE(rd_kafka_topic_t* const topic, client_->Topic(name));
  std::lock_guard lock(mutex_);
  return topics_[name] = topic;
}

Status KafkaProducer::Send(const arrow::RecordBatch& batch) {
  const auto array = [&](int position) -> const arrow::Array* {
    return position < 0 ? nullptr : batch.column(position).get();  // which the batch keeps
  };
  const RowMessages rows{array(columns_.key), array(columns_.value), array(columns_.topic),
                         array(columns_.partition), array(columns_.headers)};
  rd_kafka_topic_t* topic = nullptr;
  if (topic_) {
    ARROW_ASSIGN_OR_RAISE(topic, FindTopic(*topic_));
  }
  std::string name;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!topic_) {
      if (rows.topic->IsNull(row)) {
        return MakeError(ErrorKind::kSpark, "KAFKA_NULL_TOPIC_IN_DATA",
                         "A row for the Kafka sink has NULL in its column 'topic'. Filter such "
                         "rows, or set the option 'topic'.");
      }
      const auto wanted = Bytes(*rows.topic, row);
      if (topic == nullptr || wanted != name) {
        name = wanted;
        ARROW_ASSIGN_OR_RAISE(topic, FindTopic(name));
      }
    }
    ARROW_RETURN_NOT_OK(SendRow(rows, row, topic));
  }
  rd_kafka_poll(client_->handle(), 0);
  return failure();
}

Status KafkaProducer::SendRow(const RowMessages& rows, int64_t row, rd_kafka_topic_t* topic) {
  int32_t partition = RD_KAFKA_PARTITION_UA;
  if (rows.partition != nullptr && !rows.partition->IsNull(row)) {
    partition = static_cast<const arrow::Int32Array&>(*rows.partition).Value(row);
    if (partition < 0) {
      return IllegalArgument("", "Invalid partition: " + std::to_string(partition) +
                                     ". The column 'partition' must not be negative; NULL lets "
                                     "the key choose.");
    }
  }
  const Field key(rows.key, row);
  const Field value(rows.value, row);
  const bool has_headers = rows.headers != nullptr && !rows.headers->IsNull(row);
  while (true) {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (has_headers) {
      rd_kafka_headers_t* headers =
          MakeHeaders(static_cast<const arrow::ListArray&>(*rows.headers), row);
      error = rd_kafka_producev(
          client_->handle(), RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data, key.size),
          RD_KAFKA_V_VALUE(const_cast<void*>(value.data), value.size), RD_KAFKA_V_HEADERS(headers),
          RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    } else if (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY,
                                const_cast<void*>(value.data), value.size, key.data, key.size,
                                nullptr) != 0) {
      error = rd_kafka_last_error();
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Status::OK();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return KafkaError("A message for the Kafka topic '" +
                            std::string(rd_kafka_topic_name(topic)) + "' could not be sent",
                        error, client_->last_trouble());
    }
    // Messages that cannot be delivered leave the queue after delivery.timeout.ms.
    rd_kafka_poll(client_->handle(), kPollMs);
    ARROW_RETURN_NOT_OK(failure());
    ARROW_RETURN_NOT_OK(patience_.Check());
  }
}

Status KafkaProducer::Flush() {
  // Ends at the latest with the delivery timeout, by which every message has its answer.
  while (rd_kafka_flush(client_->handle(), kPollMs) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    ARROW_RETURN_NOT_OK(failure());
    ARROW_RETURN_NOT_OK(client_->refusal());
    ARROW_RETURN_NOT_OK(patience_.Check());
  }
  std::lock_guard lock(mutex_);
  return std::exchange(failure_, Status::OK());
}

void KafkaProducer::Discard() {
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_poll(client_->handle(), 0);
  std::lock_guard lock(mutex_);
  failure_ = Status::OK();
}

Status KafkaProducer::InitTransactions() {
  return headrace::InitTransactions(client_.get(), transaction_->id, patience_);
}

Result<int64_t> KafkaProducer::CommittedBatch() {
  return headrace::CommittedBatch(*transaction_, patience_);
}

Status KafkaProducer::BeginTransaction(int64_t batch_id) {
  ARROW_RETURN_NOT_OK(
      TransactionStatus(rd_kafka_begin_transaction(client_->handle()), transaction_->id));
  marker_ = MarkerOnItsWay::Send(client_, *transaction_, batch_id);
  return Status::OK();
}

Status KafkaProducer::PrepareTransaction() {
  ARROW_RETURN_NOT_OK(Flush());
  return marker_->Await(patience_);
}

Status KafkaProducer::CommitTransaction() {
  return headrace::CommitTransaction(client_.get(), transaction_->id, patience_);
}

Status KafkaProducer::AbortTransaction() {
  // Two calls at once are refused.
  marker_->Settle();
  const Status aborted = headrace::AbortTransaction(client_.get(), transaction_->id, patience_);
  std::lock_guard lock(mutex_);
  failure_ = Status::OK();
  return aborted;
}

}  // namespace headrace
