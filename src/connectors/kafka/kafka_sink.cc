#include "connectors/kafka/kafka_sink.h"

#include <atomic>
#include <vector>

#include "connector/held_back.h"
#include "connector/option_check.h"
#include "connectors/kafka/kafka_producer.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

// A broker ends a transaction after it has said that it will, and meanwhile takes no other from the
// same producer: the next batch would be told to come again later. So batches take turns.
constexpr int kProducers = 3;
// Of a transaction: longer than any batch should take, shorter than a broker allows by default.
constexpr char kTransactionTimeoutMs[] = "300000";
// A broker that is still busy with the last transaction is soon asked again: the client's own 100
// ms are the time of many batches.
constexpr char kRetryBackoffMs[] = "10";

struct KafkaSinkOptions {
  std::optional<std::string> topic;
  bool exactly_once = false;
  std::string marker_topic;
  int64_t max_block_us = 0;  // how long brokers are waited for before anything is sent
  std::map<std::string, std::string> client_properties;

  static Result<KafkaSinkOptions> Parse(const Options& options) {
    KafkaSinkOptions parsed;
    if (auto topic = options.Get("topic")) {
      const size_t begin = std::min(topic->find_first_not_of(" \t"), topic->size());
      parsed.topic = topic->substr(begin, topic->find_last_not_of(" \t") + 1 - begin);
    }
    ARROW_ASSIGN_OR_RAISE(parsed.exactly_once, options.GetBool("headrace.exactlyOnce", false));
    parsed.marker_topic = options.GetOr("headrace.markerTopic", parsed.topic.value_or(""));
    if (parsed.exactly_once && parsed.marker_topic.empty()) {
      return IllegalArgument(
          "",
          "With headrace.exactlyOnce and without the option 'topic', the option "
          "'headrace.markerTopic' must name a topic that exists: the newest batch is recorded "
          "under it.",
          {{"option", "headrace.markerTopic"}});
    }
    ARROW_ASSIGN_OR_RAISE(parsed.max_block_us,
                          options.GetDurationUs("kafka.max.block.ms", 60000000));
    ARROW_ASSIGN_OR_RAISE(parsed.client_properties,
                          TranslateClientProperties(options, KafkaRole::kProducer));
    if (parsed.exactly_once) {
      parsed.client_properties.emplace("transaction.timeout.ms", kTransactionTimeoutMs);
      parsed.client_properties.emplace("retry.backoff.ms", kRetryBackoffMs);
      if (parsed.client_properties.at("enable.idempotence") != "true") {
        return IllegalArgument("",
                               "headrace.exactlyOnce needs kafka.acks=all, retries and "
                               "kafka.enable.idempotence=true.",
                               {{"option", "headrace.exactlyOnce"}});
      }
    }
    Options own;
    for (const auto& [key, value] : options.values()) {
      if (!ToLower(key).starts_with("kafka.")) own.Set(key, value);
    }
    WarnUnknownOptions("kafka", own, {"topic", "headrace.exactlyonce", "headrace.markertopic"});
    return parsed;
  }

  // `turn`: of the producers that the query's batches use in turn.
  TransactionSettings Transaction(const std::string& query_id, int turn) const {
    TransactionSettings settings;
    settings.group = "headrace-" + query_id;
    settings.id = settings.group + (turn == 0 ? "" : "-" + std::to_string(turn));
    settings.marker = {marker_topic, 0};
    for (const auto& [name, value] : client_properties) {
      for (const char* prefix : {"bootstrap.", "broker.", "client.", "sasl.", "security.",
                                 "socket.", "ssl.", "enable.ssl.", "reconnect."}) {
        if (name.starts_with(prefix)) settings.consumer_properties[name] = value;
      }
    }
    return settings;
  }
};

using Producers = std::vector<std::unique_ptr<KafkaProducer>>;

class KafkaWriter final : public SinkWriter {
 public:
  KafkaWriter(KafkaProducer* producer, std::atomic<int64_t>* rows)
      : producer_(producer), rows_(rows) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    rows_->fetch_add(batch->num_rows(), std::memory_order_relaxed);
    return producer_->Send(*batch);
  }
  // All partitions are flushed at once, in Prepare.
  Status Finish() override { return Status::OK(); }

 private:
  KafkaProducer* const producer_;
  std::atomic<int64_t>* const rows_;
};

class KafkaSink final : public Sink, public HeldBack {
 public:
  // One producer, or with exactly_once several.
  KafkaSink(Producers producers, bool exactly_once)
      : producers_(std::move(producers)), exactly_once_(exactly_once) {}

  std::string Description() const override {
    return "org.apache.spark.sql.kafka010.KafkaSourceProvider$KafkaTable";
  }
  bool holds_back() const override { return exactly_once_; }
  void SetCancellation(const CancellationToken* cancellation) override {
    for (const auto& producer : producers_) producer->SetCancellation(cancellation);
  }
  Result<bool> Begin(int64_t batch_id) override {
    rows_ = 0;
    if (!exactly_once_) return true;
    if (!committed_) {
      for (const auto& producer : producers_) ARROW_RETURN_NOT_OK(producer->InitTransactions());
      ARROW_ASSIGN_OR_RAISE(committed_, producers_.front()->CommittedBatch());
    }
    if (batch_id <= *committed_) return false;
    turn_ = (turn_ + 1) % producers_.size();
    ARROW_RETURN_NOT_OK(producer().BeginTransaction(batch_id));
    open_ = true;
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int) override {
    return std::make_unique<KafkaWriter>(&producer(), &rows_);
  }
  Status Prepare(int64_t) override {
    return exactly_once_ ? producer().PrepareTransaction() : producer().Flush();
  }
  Status Commit(int64_t batch_id) override {
    if (exactly_once_ && open_) {
      ARROW_RETURN_NOT_OK(producer().CommitTransaction());
      open_ = false;
      committed_ = batch_id;
    }
    return Status::OK();
  }
  Status Abort(int64_t) override {
    if (!exactly_once_) {
      producer().Discard();
      return Status::OK();
    }
    if (!open_) return Status::OK();
    open_ = false;
    return producer().AbortTransaction();
  }
  int64_t last_output_rows() const override { return rows_; }

 private:
  KafkaProducer& producer() { return *producers_[turn_]; }

  const Producers producers_;
  const bool exactly_once_;
  size_t turn_ = 0;
  std::optional<int64_t> committed_;  // the newest batch that is in, once known
  bool open_ = false;                 // a transaction
  std::atomic<int64_t> rows_{0};
};

class KafkaSinkProvider final : public SinkProvider {
 public:
  Status CheckStream(const SinkSpecification& specification, const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(const auto options, KafkaSinkOptions::Parse(specification.options));
    return SinkColumns::Find(*specification.schema, options.topic).status();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext&) override {
    return Open(specification, specification.query_id, kProducers);
  }
  Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification& specification, SaveMode mode,
                                          const ConnectorContext& context) override {
    if (mode == SaveMode::kOverwrite || mode == SaveMode::kIgnore) {
      const std::string name = mode == SaveMode::kOverwrite ? "Overwrite" : "Ignore";
      return AnalysisError(
          "_LEGACY_ERROR_TEMP_3081",
          "Save mode " + name +
              " not allowed for Kafka. Allowed save modes are Append and "
              "ErrorIfExists (default).",
          {{"mode", name}, {"append", "Append"}, {"errorIfExists", "ErrorIfExists"}});
    }
    return Open(specification, context.random->Uuid(), 1);
  }

 private:
  static Result<std::unique_ptr<Sink>> Open(const SinkSpecification& specification,
                                            const std::string& id, int producers) {
    ARROW_ASSIGN_OR_RAISE(const auto options, KafkaSinkOptions::Parse(specification.options));
    ARROW_ASSIGN_OR_RAISE(const auto columns,
                          SinkColumns::Find(*specification.schema, options.topic));
    Producers made;
    for (int turn = 0; turn < (options.exactly_once ? producers : 1); ++turn) {
      std::optional<TransactionSettings> transaction;
      if (options.exactly_once) transaction = options.Transaction(id, turn);
      ARROW_ASSIGN_OR_RAISE(auto producer,
                            KafkaProducer::Make(options.client_properties, options.topic, columns,
                                                std::move(transaction), options.max_block_us));
      made.push_back(std::move(producer));
    }
    return std::make_unique<KafkaSink>(std::move(made), options.exactly_once);
  }
};

}  // namespace

std::shared_ptr<SinkProvider> MakeKafkaSinkProvider() {
  return std::make_shared<KafkaSinkProvider>();
}

}  // namespace headrace
