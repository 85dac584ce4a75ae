// What a program asks of the Kafka source.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/source.h"
#include "connectors/kafka/partition_offsets.h"

namespace re2 {
class RE2;
}

namespace headrace {

// Which partitions are read: exactly one of the options assign, subscribe, subscribePattern.
struct Subscription {
  enum class Kind { kAssign, kSubscribe, kPattern };
  Kind kind = Kind::kSubscribe;
  TopicPartitions assigned;
  std::vector<std::string> topics;  // subscribe; also those of `assigned`
  std::string pattern;              // Java's; matches whole names
  std::shared_ptr<const re2::RE2> regex;

  std::string Description() const;  // "Subscribe[a, b]"
};

// Where to begin or end.
struct OffsetLimit {
  enum class Kind { kEarliest, kLatest, kOffsets, kTimestamps, kTimestamp };
  Kind kind = Kind::kLatest;
  PartitionOffsets offsets;  // kOffsets: offsets, also -1 and -2; kTimestamps: milliseconds
  int64_t timestamp_ms = 0;
  // No message is as young as the timestamp: go to the end instead of failing.
  bool latest_if_none = false;
};

struct KafkaSourceOptions {
  Subscription subscription;
  OffsetLimit starting;
  OffsetLimit ending;  // batch only
  bool fail_on_data_loss = true;
  bool include_headers = false;
  std::optional<int64_t> max_offsets_per_trigger;
  std::optional<int64_t> min_offsets_per_trigger;
  int64_t max_trigger_delay_us = 0;
  int64_t min_partitions = 0;  // 0: not given
  int64_t max_records_per_partition = 0;
  int64_t poll_timeout_us = 0;
  int64_t fetch_offset_attempts = 3;
  int64_t fetch_offset_interval_us = 0;
  int64_t api_timeout_us = 0;  // how long an unreachable broker is waited for
  std::string group_id;        // "": none given
  std::string group_id_prefix;
  bool commit_offsets = false;
  std::map<std::string, std::string> client_properties;  // librdkafka's names

  static Result<KafkaSourceOptions> Parse(const Options& options, bool streaming,
                                          const ConnectorContext& context);
};

// key, value, topic, partition, offset, timestamp, timestampType[, headers]
SchemaPtr KafkaSchema(bool include_headers);
// array<struct<key: string, value: binary>>
DataTypePtr KafkaHeadersType();

}  // namespace headrace
