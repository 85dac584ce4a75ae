// Kafka topics as a stream.
#include <algorithm>
#include <limits>

#include "connector/batch_list_reader.h"
#include "connector/cancellable.h"
#include "connectors/kafka/group_offsets.h"
#include "connectors/kafka/initial_offsets.h"
#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/offset_ranges.h"
#include "connectors/kafka/offset_reader.h"
#include "connectors/kafka/range_reader.h"
#include "types/value_text.h"

namespace headrace {

namespace {

// Arriving messages wake the query. This is for what they do not tell: new partitions and topics,
// and the end of a delay.
constexpr int64_t kPollUs = 1000000;
// How often a busy query asks for new partitions, and where all of them end.
constexpr int64_t kPartitionsUs = 1000000;

class KafkaStream final : public Source, public Cancellable {
 public:
  KafkaStream(KafkaSourceOptions options, std::shared_ptr<KafkaClient> client,
              const std::string& metadata_path, const ConnectorContext& context)
      : options_(std::move(options)),
        takes_known_ends_(!options_.max_offsets_per_trigger && !options_.min_offsets_per_trigger &&
                          options_.client_properties.at("isolation.level") == "read_uncommitted"),
        metadata_path_(metadata_path),
        context_(context),
        offset_reader_(client, options_),
        reading_(std::make_shared<RangeReading>(
            RangeReading{client, std::make_shared<ConsumerPool>(options_.client_properties),
                         DataLoss(options_.fail_on_data_loss, options_.group_id),
                         options_.poll_timeout_us, nullptr})) {
    if (options_.commit_offsets) group_offsets_ = std::make_unique<GroupOffsets>(client);
  }
  ~KafkaStream() override { reading_->consumers->SetWake(nullptr); }

  void SetCancellation(const CancellationToken* cancellation) override {
    offset_reader_.SetCancellation(cancellation);
    reading_->cancellation = cancellation;
    if (group_offsets_) group_offsets_->SetCancellation(cancellation);
  }

  SchemaPtr schema() const override { return KafkaSchema(options_.include_headers); }
  std::string Description() const override {
    return "KafkaV2[" + options_.subscription.Description() + "]";
  }

  Result<std::optional<OffsetJson>> InitialOffset() override {
    if (!initial_) {
      ARROW_ASSIGN_OR_RAISE(initial_, ReadInitialOffsets(metadata_path_, context_.files));
    }
    if (!initial_) {
      ARROW_ASSIGN_OR_RAISE(initial_, offset_reader_.Resolve(options_.starting, "starting"));
      ARROW_RETURN_NOT_OK(WriteInitialOffsets(*initial_, metadata_path_, context_.files));
    }
    return ToJson(*initial_);
  }

  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit& limit) override {
    OffsetJson from_json;
    if (start) {
      from_json = *start;
    } else {
      ARROW_ASSIGN_OR_RAISE(auto initial, InitialOffset());
      from_json = *std::move(initial);
    }
    ARROW_ASSIGN_OR_RAISE(const auto from, ParsePartitionOffsets(from_json));
    if (fixed_end_) {
      latest_ = *fixed_end_;
    } else {
      ARROW_RETURN_NOT_OK(AskForLatest(from));
    }
    // All topics are gone: no batch will come that could tell.
    if (latest_.empty() && !from.empty()) {
      ARROW_RETURN_NOT_OK(reading_->data_loss.PartitionsDeleted(from));
    }
    ARROW_ASSIGN_OR_RAISE(const auto end, limit.all_available ? latest_ : EndOfBatch(from));
    if (end.empty()) return std::optional<OffsetJson>();
    if (end != from) return ToJson(end);
    if (!fixed_end_) ARROW_RETURN_NOT_OK(reading_->consumers->WaitAt(from));
    // The text stays as it is logged: Spark orders topics differently.
    return from_json;
  }

  std::optional<OffsetJson> ReportLatestOffset() override {
    return latest_.empty() ? std::nullopt : std::optional(ToJson(latest_));
  }

  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(auto schema, ProjectSchema(*this->schema(), request.columns));
    PartitionOffsets from;
    if (start) {
      ARROW_ASSIGN_OR_RAISE(from, ParsePartitionOffsets(*start));
    }
    ARROW_ASSIGN_OR_RAISE(const auto until, ParsePartitionOffsets(end));
    ARROW_ASSIGN_OR_RAISE(auto ranges, Ranges(from, until));
    consumed_ = until;
    PartitionReaders readers;
    for (const auto& range : SplitRanges(std::move(ranges), options_.min_partitions,
                                         options_.max_records_per_partition)) {
      ARROW_ASSIGN_OR_RAISE(auto reader, MakeRangeReader(reading_, range, schema));
      readers.push_back(std::move(reader));
    }
    return readers;
  }

  Status Commit(const OffsetJson& end) override {
    if (!group_offsets_) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto offsets, ParsePartitionOffsets(end));
    group_offsets_->Commit(offsets);
    return Status::OK();
  }

  void SetWake(std::function<void()> wake) override {
    reading_->consumers->SetWake(std::move(wake));
  }
  int64_t next_poll_us() const override { return kPollUs; }

  Result<bool> PrepareForAvailableNow() override {
    ARROW_ASSIGN_OR_RAISE(const auto partitions, offset_reader_.Partitions({}));
    // The initial offsets must not lie behind this end.
    ARROW_RETURN_NOT_OK(InitialOffset().status());
    ARROW_ASSIGN_OR_RAISE(fixed_end_, offset_reader_.Latest(partitions));
    return true;
  }

  std::map<std::string, std::string> Metrics() const override {
    if (latest_.empty() || consumed_.empty()) return {};
    int64_t least = std::numeric_limits<int64_t>::max();
    int64_t most = std::numeric_limits<int64_t>::min();
    double sum = 0;
    for (const auto& [partition, offset] : latest_) {
      const auto consumed = consumed_.find(partition);
      const int64_t behind = consumed == consumed_.end() ? offset : offset - consumed->second;
      least = std::min(least, behind);
      most = std::max(most, behind);
      sum += static_cast<double>(behind);
    }
    std::string average;
    AppendDouble(sum / static_cast<double>(latest_.size()), &average);
    return {{"minOffsetsBehindLatest", std::to_string(least)},
            {"maxOffsetsBehindLatest", std::to_string(most)},
            {"avgOffsetsBehindLatest", average}};
  }

 private:
  // The brokers are asked now and then, and before the query is told that there is nothing. In
  // between, what they said with their messages will do.
  Status AskForLatest(const PartitionOffsets& from) {
    const bool ask = partitions_.empty() ||
                     context_.clock->monotonic_us() - partitions_asked_us_ > kPartitionsUs;
    if (!ask && TakeKnownEnds(from)) return Status::OK();
    if (ask) ARROW_RETURN_NOT_OK(AskForPartitions(from));
    ARROW_RETURN_NOT_OK(AskForOffsets(from));
    if (ask || latest_ != from) return Status::OK();
    const TopicPartitions before = partitions_;
    ARROW_RETURN_NOT_OK(AskForPartitions(from));
    return partitions_ == before ? Status::OK() : AskForOffsets(from);
  }

  // False: nothing new is known, or what is known does not tell enough.
  bool TakeKnownEnds(const PartitionOffsets& from) {
    if (!takes_known_ends_) return false;
    auto ends = reading_->consumers->KnownEnds(partitions_);
    if (!ends) return false;
    bool more = false;
    for (const auto& [partition, end] : *ends) {
      const auto begin = from.find(partition);
      if (begin == from.end() || end < begin->second) return false;
      more = more || end > begin->second;
    }
    if (more) latest_ = *std::move(ends);
    return more;
  }

  Status AskForOffsets(const PartitionOffsets& from) {
    for (int64_t attempt = 1;; ++attempt) {
      auto latest = offset_reader_.LatestNotBefore(partitions_, from);
      if (latest.ok()) {
        latest_ = *std::move(latest);
        return Status::OK();
      }
      if (!latest.status().IsKeyError() || attempt > options_.fetch_offset_attempts) {
        return latest.status();
      }
      ARROW_RETURN_NOT_OK(AskForPartitions(from));
    }
  }

  Status AskForPartitions(const PartitionOffsets& from) {
    TopicPartitions known = KeysOf(from);
    known.insert(partitions_.begin(), partitions_.end());
    ARROW_ASSIGN_OR_RAISE(partitions_, offset_reader_.Partitions(known));
    partitions_asked_us_ = context_.clock->monotonic_us();
    return Status::OK();
  }

  Result<PartitionOffsets> EndOfBatch(const PartitionOffsets& from) {
    if (options_.min_offsets_per_trigger && Delays(from)) return from;
    if (!options_.max_offsets_per_trigger) return latest_;
    TopicPartitions added;
    for (const auto& [partition, offset] : latest_) {
      if (!from.contains(partition)) added.insert(partition);
    }
    ARROW_ASSIGN_OR_RAISE(const auto begin_of_new, offset_reader_.Earliest(added));
    return LimitOffsets(*options_.max_offsets_per_trigger, from, latest_, begin_of_new);
  }

  // minOffsetsPerTrigger: is it too early for a batch?
  bool Delays(const PartitionOffsets& from) {
    const int64_t now_us = context_.clock->now_us();
    if (now_us - last_trigger_us_ < options_.max_trigger_delay_us) {
      int64_t fresh = 0;
      for (const auto& [partition, offset] : latest_) {
        const auto begin = from.find(partition);
        fresh += offset - (begin == from.end() ? 0 : begin->second);
      }
      if (fresh < *options_.min_offsets_per_trigger) return true;
    }
    last_trigger_us_ = now_us;
    return false;
  }

  Result<std::vector<OffsetRange>> Ranges(const PartitionOffsets& from,
                                          const PartitionOffsets& until) {
    const DataLoss& loss = reading_->data_loss;
    TopicPartitions added;
    for (const auto& [partition, offset] : until) {
      if (!from.contains(partition)) added.insert(partition);
    }
    PartitionOffsets begins = from;
    if (!added.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto there, offset_reader_.Partitions({}));
      TopicPartitions found;
      TopicPartitions missing;
      for (const auto& partition : added) {
        (there.contains(partition) ? found : missing).insert(partition);
      }
      if (!missing.empty()) ARROW_RETURN_NOT_OK(loss.NoInitialOffsets(missing));
      ARROW_ASSIGN_OR_RAISE(const auto earliest, offset_reader_.Earliest(found));
      for (const auto& [partition, offset] : earliest) {
        if (offset != 0) ARROW_RETURN_NOT_OK(loss.AddedPartitionStartsLate(partition, offset));
        begins[partition] = offset;
      }
    }
    PartitionOffsets deleted;
    for (const auto& [partition, offset] : from) {
      if (!until.contains(partition)) deleted[partition] = offset;
    }
    if (!deleted.empty()) ARROW_RETURN_NOT_OK(loss.PartitionsDeleted(deleted));

    std::vector<OffsetRange> ranges;
    for (const auto& [partition, end] : until) {
      const auto begin = begins.find(partition);
      if (begin == begins.end()) continue;
      if (end < begin->second) {
        ARROW_RETURN_NOT_OK(loss.OffsetWentBack(partition, begin->second, end));
      }
      ranges.push_back({partition, begin->second, end});
    }
    return ranges;
  }

  const KafkaSourceOptions options_;
  // Limits are about all that there is. Where committed messages end, messages do not tell.
  const bool takes_known_ends_;
  const std::string metadata_path_;
  const ConnectorContext context_;
  OffsetReader offset_reader_;
  const std::shared_ptr<RangeReading> reading_;  // not changed once there are readers
  std::unique_ptr<GroupOffsets> group_offsets_;  // null: nobody asked for it

  std::optional<PartitionOffsets> initial_;
  TopicPartitions partitions_;
  int64_t partitions_asked_us_ = 0;
  PartitionOffsets latest_;    // as last asked for
  PartitionOffsets consumed_;  // the end of the last batch
  std::optional<PartitionOffsets> fixed_end_;
  int64_t last_trigger_us_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenKafkaStream(KafkaSourceOptions options,
                                                const std::string& metadata_path,
                                                const ConnectorContext& context) {
  auto properties = options.client_properties;
  ARROW_ASSIGN_OR_RAISE(auto client, KafkaClient::Make(KafkaRole::kConsumer, properties));
  return std::make_unique<KafkaStream>(std::move(options), std::move(client), metadata_path,
                                       context);
}

}  // namespace headrace
