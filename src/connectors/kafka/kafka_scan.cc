// Kafka topics as a finite relation.
#include "connector/batch_list_reader.h"
#include "connector/cancellable.h"
#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/offset_ranges.h"
#include "connectors/kafka/offset_reader.h"
#include "connectors/kafka/range_reader.h"

namespace headrace {

namespace {

class KafkaScan final : public BatchScan, public Cancellable {
 public:
  explicit KafkaScan(KafkaSourceOptions options) : options_(std::move(options)) {}

  void SetCancellation(const CancellationToken* cancellation) override {
    cancellation_ = cancellation;
  }

  SchemaPtr schema() const override { return KafkaSchema(options_.include_headers); }
  std::string Description() const override {
    return "KafkaRelation(strategy=" + options_.subscription.Description() + ")";
  }

  Result<PartitionReaders> Read(const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(auto schema, ProjectSchema(*this->schema(), request.columns));
    ARROW_ASSIGN_OR_RAISE(auto client,
                          KafkaClient::Make(KafkaRole::kConsumer, options_.client_properties));
    OffsetReader offsets(client, options_);
    offsets.SetCancellation(cancellation_);
    ARROW_ASSIGN_OR_RAISE(const auto from, offsets.Resolve(options_.starting, "starting"));
    ARROW_ASSIGN_OR_RAISE(const auto until, offsets.Resolve(options_.ending, "ending"));
    std::vector<OffsetRange> ranges;
    for (const auto& [partition, end] : until) {
      const auto start = from.find(partition);
      // A partition that came between the two questions.
      if (start == from.end()) continue;
      if (start->second > end) return StartBehindEnd(partition, start->second, end);
      ranges.push_back({partition, start->second, end});
    }
    ranges =
        SplitRanges(std::move(ranges), options_.min_partitions, options_.max_records_per_partition);

    const auto reading = std::make_shared<RangeReading>(
        RangeReading{client, std::make_shared<ConsumerPool>(options_.client_properties),
                     DataLoss(options_.fail_on_data_loss, options_.group_id),
                     options_.poll_timeout_us, cancellation_});
    PartitionReaders readers;
    for (const auto& range : ranges) {
      ARROW_ASSIGN_OR_RAISE(auto reader, MakeRangeReader(reading, range, schema));
      readers.push_back(std::move(reader));
    }
    return readers;
  }

 private:
  static Status StartBehindEnd(const TopicPartition& partition, int64_t start, int64_t end) {
    return MakeError(ErrorKind::kSpark, "RESOLVED_START_OFFSET_GREATER_THAN_END_OFFSET",
                     "The start of partition " + partition.ToString() + " is offset " +
                         std::to_string(start) + ", which lies behind its end " +
                         std::to_string(end) +
                         ". Check the options for start and end; if neither is given, the "
                         "partition is broken.",
                     {{"startOffset", std::to_string(start)},
                      {"endOffset", std::to_string(end)},
                      {"topic", partition.topic},
                      {"partition", std::to_string(partition.partition)}});
  }

  const KafkaSourceOptions options_;
  const CancellationToken* cancellation_ = nullptr;
};

}  // namespace

std::unique_ptr<BatchScan> MakeKafkaScan(KafkaSourceOptions options) {
  return std::make_unique<KafkaScan>(std::move(options));
}

}  // namespace headrace
