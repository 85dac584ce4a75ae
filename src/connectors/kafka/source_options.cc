#include "connectors/kafka/source_options.h"

#include "base/log.h"
#include "connector/option_check.h"
#include "connectors/kafka/client_properties.h"
#include "functions/string/regex.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

std::string Trim(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> SplitNames(const std::string& list) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    std::string name = Trim(list.substr(begin, comma - begin));
    if (!name.empty()) names.push_back(std::move(name));
    begin = comma + 1;
  }
  return names;
}

Status Wrong(std::string text) { return IllegalArgument("", std::move(text)); }

Result<Subscription> ParseSubscription(const Options& options) {
  const auto assign = options.Get("assign");
  const auto subscribe = options.Get("subscribe");
  const auto pattern = options.Get("subscribePattern");
  const int given = assign.has_value() + subscribe.has_value() + pattern.has_value();
  if (given != 1) {
    return Wrong(std::string(given == 0
                                 ? "One of the following options must be specified for Kafka source"
                                 : "Only one of the following options can be specified for Kafka "
                                   "source") +
                 ": subscribe, subscribepattern, assign. See docs/kafka.md.");
  }
  Subscription subscription;
  if (assign) {
    subscription.kind = Subscription::Kind::kAssign;
    if (!Trim(*assign).starts_with('{')) {
      return Wrong("No topicpartitions to assign as specified value for option 'assign' is '" +
                   *assign + "'");
    }
    ARROW_ASSIGN_OR_RAISE(subscription.assigned, ParseTopicPartitions(*assign));
    for (const auto& partition : subscription.assigned) {
      if (subscription.topics.empty() || subscription.topics.back() != partition.topic) {
        subscription.topics.push_back(partition.topic);
      }
    }
  } else if (subscribe) {
    subscription.topics = SplitNames(*subscribe);
    if (subscription.topics.empty()) {
      return Wrong("No topics to subscribe to as specified value for option 'subscribe' is '" +
                   *subscribe + "'");
    }
  } else {
    subscription.kind = Subscription::Kind::kPattern;
    subscription.pattern = Trim(*pattern);
    if (subscription.pattern.empty()) {
      return Wrong(
          "Pattern to subscribe is empty as specified value for option "
          "'subscribePattern' is '" +
          *pattern + "'");
    }
    ARROW_ASSIGN_OR_RAISE(subscription.regex,
                          CompileRegex("subscribePattern", subscription.pattern));
  }
  return subscription;
}

// `position` is "starting" or "ending". A timestamp for all partitions goes before timestamps for
// each, and these before offsets.
Result<OffsetLimit> ParseLimit(const Options& options, const std::string& position,
                               OffsetLimit::Kind fallback) {
  OffsetLimit limit;
  const std::string strategy =
      ToLower(options.GetOr("startingOffsetsByTimestampStrategy", "error"));
  if (strategy != "error" && strategy != "latest") {
    return InvalidOption("startingOffsetsByTimestampStrategy", strategy, "must be error or latest");
  }
  limit.latest_if_none = strategy == "latest" || position == "ending";
  if (const auto timestamp = options.Get(position + "Timestamp")) {
    limit.kind = OffsetLimit::Kind::kTimestamp;
    const auto value = options.GetInt(position + "Timestamp", 0);
    if (!value.ok()) return Wrong("Expected a single long value, got " + Trim(*timestamp));
    limit.timestamp_ms = *value;
    return limit;
  }
  if (const auto timestamps = options.Get(position + "OffsetsByTimestamp")) {
    limit.kind = OffsetLimit::Kind::kTimestamps;
    ARROW_ASSIGN_OR_RAISE(limit.offsets, ParsePartitionOffsets(*timestamps));
    return limit;
  }
  const auto offsets = options.Get(position + "Offsets");
  if (!offsets) {
    limit.kind = fallback;
    return limit;
  }
  const std::string text = ToLower(Trim(*offsets));
  if (text == "earliest" || text == "latest") {
    limit.kind = text == "latest" ? OffsetLimit::Kind::kLatest : OffsetLimit::Kind::kEarliest;
    return limit;
  }
  limit.kind = OffsetLimit::Kind::kOffsets;
  ARROW_ASSIGN_OR_RAISE(limit.offsets, ParsePartitionOffsets(Trim(*offsets)));
  return limit;
}

Status MismatchedPartitions(const PartitionOffsets& start, const PartitionOffsets& end) {
  const std::string from = ToString(KeysOf(start));
  const std::string until = ToString(KeysOf(end));
  return MakeError(ErrorKind::kIllegalArgument,
                   "MISMATCHED_TOPIC_PARTITIONS_BETWEEN_START_OFFSET_AND_END_OFFSET",
                   "The options name other partitions for the start, " + from +
                       ", than for the end, " + until + ".",
                   {{"tpsForStartOffset", from}, {"tpsForEndOffset", until}});
}

Status CheckBatchLimits(const OffsetLimit& start, const OffsetLimit& end) {
  using Kind = OffsetLimit::Kind;
  if (start.kind == Kind::kLatest) {
    return Wrong("starting offset can't be latest for batch queries on Kafka");
  }
  if (end.kind == Kind::kEarliest) {
    return Wrong("ending offset can't be earliest for batch queries on Kafka");
  }
  for (const auto& [partition, offset] : start.offsets) {
    if (start.kind == Kind::kOffsets && offset == kLatestOffset) {
      return Wrong("startingOffsets for " + partition.ToString() +
                   " can't be latest for batch queries on Kafka");
    }
  }
  for (const auto& [partition, offset] : end.offsets) {
    if (end.kind == Kind::kOffsets && offset == kEarliestOffset) {
      return Wrong("ending offset for " + partition.ToString() +
                   " can't be earliest for batch queries on Kafka");
    }
  }
  if (start.kind != end.kind || (start.kind != Kind::kOffsets && start.kind != Kind::kTimestamps)) {
    return Status::OK();
  }
  if (KeysOf(start.offsets) != KeysOf(end.offsets)) {
    return MismatchedPartitions(start.offsets, end.offsets);
  }
  for (const auto& [partition, offset] : start.offsets) {
    const int64_t until = end.offsets.at(partition);
    if (offset <= until || offset < 0 || until < 0) continue;
    return MakeError(ErrorKind::kIllegalArgument, "UNRESOLVED_START_OFFSET_GREATER_THAN_END_OFFSET",
                     "The start " + std::to_string(offset) + " of partition " +
                         partition.ToString() + " lies behind its end " + std::to_string(until) +
                         ".",
                     {{"startOffset", std::to_string(offset)},
                      {"endOffset", std::to_string(until)},
                      {"topic", partition.topic},
                      {"partition", std::to_string(partition.partition)}});
  }
  return Status::OK();
}

const std::set<std::string>& KnownOptions() {
  static const auto* names = new std::set<std::string>{"assign",
                                                       "subscribe",
                                                       "subscribepattern",
                                                       "startingoffsets",
                                                       "endingoffsets",
                                                       "startingoffsetsbytimestamp",
                                                       "endingoffsetsbytimestamp",
                                                       "startingtimestamp",
                                                       "endingtimestamp",
                                                       "startingoffsetsbytimestampstrategy",
                                                       "failondataloss",
                                                       "includeheaders",
                                                       "maxoffsetspertrigger",
                                                       "minoffsetspertrigger",
                                                       "maxtriggerdelay",
                                                       "minpartitions",
                                                       "maxrecordsperpartition",
                                                       "kafkaconsumer.polltimeoutms",
                                                       "fetchoffset.numretries",
                                                       "fetchoffset.retryintervalms",
                                                       "groupidprefix",
                                                       "headrace.commitoffsets"};
  return *names;
}

void WarnAboutOptions(const Options& options, bool streaming) {
  Options own;
  for (const auto& [key, value] : options.values()) {
    if (!ToLower(key).starts_with("kafka.")) own.Set(key, value);
  }
  WarnUnknownOptions("kafka", own, KnownOptions());
  if (streaming) return;
  for (const char* name : {"maxOffsetsPerTrigger", "minOffsetsPerTrigger", "maxTriggerDelay"}) {
    if (options.Has(name)) {
      LogWarn("kafka", std::string(name) + " option ignored in batch queries");
    }
  }
}

Result<std::optional<int64_t>> OptionalInt(const Options& options, const std::string& name) {
  if (!options.Has(name)) return std::optional<int64_t>();
  ARROW_ASSIGN_OR_RAISE(const int64_t value, options.GetInt(name, 0));
  return std::optional<int64_t>(value);
}

Result<int64_t> PositiveOrZero(const Options& options, const std::string& name) {
  if (!options.Has(name)) return 0;
  ARROW_ASSIGN_OR_RAISE(const int64_t value, options.GetInt(name, 0));
  if (value <= 0) return Wrong(name + " must be positive");
  return value;
}

}  // namespace

std::string Subscription::Description() const {
  if (kind == Kind::kAssign) return "Assign" + ToString(assigned);
  if (kind == Kind::kPattern) return "SubscribePattern[" + pattern + "]";
  std::string names;
  for (const auto& topic : topics) names += (names.empty() ? "" : ", ") + topic;
  return "Subscribe[" + names + "]";
}

Result<KafkaSourceOptions> KafkaSourceOptions::Parse(const Options& options, bool streaming,
                                                     const ConnectorContext& context) {
  KafkaSourceOptions parsed;
  if (streaming && options.Has("endingOffsets")) {
    return Wrong("ending offset not valid in streaming queries");
  }
  if (streaming && (options.Has("endingOffsetsByTimestamp") || options.Has("endingTimestamp"))) {
    return Wrong("ending timestamp not valid in streaming queries");
  }
  using Kind = OffsetLimit::Kind;
  ARROW_ASSIGN_OR_RAISE(parsed.starting, ParseLimit(options, "starting",
                                                    streaming ? Kind::kLatest : Kind::kEarliest));
  ARROW_ASSIGN_OR_RAISE(parsed.ending, ParseLimit(options, "ending", Kind::kLatest));
  if (!streaming) ARROW_RETURN_NOT_OK(CheckBatchLimits(parsed.starting, parsed.ending));
  ARROW_ASSIGN_OR_RAISE(parsed.subscription, ParseSubscription(options));
  ARROW_ASSIGN_OR_RAISE(parsed.min_partitions, PositiveOrZero(options, "minPartitions"));
  ARROW_ASSIGN_OR_RAISE(parsed.max_records_per_partition,
                        PositiveOrZero(options, "maxRecordsPerPartition"));
  ARROW_ASSIGN_OR_RAISE(parsed.client_properties,
                        TranslateClientProperties(options, KafkaRole::kConsumer));
  ARROW_ASSIGN_OR_RAISE(parsed.max_offsets_per_trigger,
                        OptionalInt(options, "maxOffsetsPerTrigger"));
  ARROW_ASSIGN_OR_RAISE(parsed.min_offsets_per_trigger,
                        OptionalInt(options, "minOffsetsPerTrigger"));
  if (parsed.min_offsets_per_trigger && parsed.max_offsets_per_trigger &&
      *parsed.min_offsets_per_trigger > *parsed.max_offsets_per_trigger) {
    return Wrong("The value of minOffsetPerTrigger(" +
                 std::to_string(*parsed.min_offsets_per_trigger) +
                 ") is higher than the maxOffsetsPerTrigger(" +
                 std::to_string(*parsed.max_offsets_per_trigger) + ").");
  }
  ARROW_ASSIGN_OR_RAISE(parsed.max_trigger_delay_us,
                        options.GetDurationUs("maxTriggerDelay", int64_t{15} * 60 * 1000000));
  ARROW_ASSIGN_OR_RAISE(parsed.fail_on_data_loss, options.GetBool("failOnDataLoss", true));
  ARROW_ASSIGN_OR_RAISE(parsed.include_headers, options.GetBool("includeHeaders", false));
  ARROW_ASSIGN_OR_RAISE(parsed.commit_offsets, options.GetBool("headrace.commitOffsets", false));

  Options network;
  network.Set("spark.network.timeout",
              context.configuration("spark.network.timeout").value_or("120s"));
  ARROW_ASSIGN_OR_RAISE(const int64_t network_us,
                        network.GetDurationUs("spark.network.timeout", 0));
  ARROW_ASSIGN_OR_RAISE(parsed.poll_timeout_us,
                        options.GetDurationUs("kafkaConsumer.pollTimeoutMs", network_us));
  ARROW_ASSIGN_OR_RAISE(parsed.fetch_offset_attempts,
                        options.GetPositiveInt("fetchOffset.numRetries", 3));
  ARROW_ASSIGN_OR_RAISE(parsed.fetch_offset_interval_us,
                        options.GetDurationUs("fetchOffset.retryIntervalMs", 1000000));
  ARROW_ASSIGN_OR_RAISE(parsed.api_timeout_us,
                        options.GetDurationUs("kafka.default.api.timeout.ms", 60000000));

  parsed.group_id = options.GetOr("kafka.group.id", "");
  if (parsed.commit_offsets && parsed.group_id.empty()) {
    return Wrong("headrace.commitOffsets needs the group to commit to: kafka.group.id");
  }
  parsed.group_id_prefix = options.GetOr("groupIdPrefix", "spark-kafka-source");
  if (!parsed.group_id.empty() && options.Has("groupIdPrefix")) {
    LogWarn("kafka", "Option groupIdPrefix is ignored, since kafka.group.id is set.");
  }
  WarnAboutOptions(options, streaming);
  return parsed;
}

DataTypePtr KafkaHeadersType() {
  return ArrayOf(
      arrow::struct_({arrow::field("key", arrow::utf8()), arrow::field("value", arrow::binary())}));
}

SchemaPtr KafkaSchema(bool include_headers) {
  arrow::FieldVector fields{
      arrow::field("key", arrow::binary()),         arrow::field("value", arrow::binary()),
      arrow::field("topic", arrow::utf8()),         arrow::field("partition", arrow::int32()),
      arrow::field("offset", arrow::int64()),       arrow::field("timestamp", TimestampType()),
      arrow::field("timestampType", arrow::int32())};
  if (include_headers) fields.push_back(arrow::field("headers", KafkaHeadersType()));
  return arrow::schema(std::move(fields));
}

}  // namespace headrace
