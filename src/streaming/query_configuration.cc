#include "streaming/query_configuration.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "types/spark_type.h"

namespace headrace {
namespace {

constexpr char kShufflePartitions[] = "spark.sql.shuffle.partitions";

// Keys that Spark writes into every offsets entry, with its defaults.
const std::map<std::string, std::string>& LoggedDefaults() {
  static const std::map<std::string, std::string> defaults = {
      {"spark.sql.streaming.stateStore.providerClass",
       "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider"},
      {"spark.sql.streaming.stateStore.rocksdb.formatVersion", "5"},
      {"spark.sql.streaming.stateStore.encodingFormat", "unsaferow"},
      {"spark.sql.streaming.statefulOperator.useStrictDistribution", "true"},
      {"spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion", "2"},
      {"spark.sql.streaming.multipleWatermarkPolicy", "min"},
      {"spark.sql.streaming.aggregation.stateFormatVersion", "2"},
      {"spark.sql.streaming.join.stateFormatVersion", "2"},
      {"spark.sql.streaming.stateStore.compression.codec", "lz4"},
      {"spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan", "false"},
  };
  return defaults;
}

int64_t ToInt(const std::string& text, int64_t fallback) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : fallback;
}

}  // namespace

QueryConfiguration::QueryConfiguration(const QuerySpecification& specification,
                                       const RecoveryState& recovery)
    : values_(specification.configuration) {
  const int64_t asked = GetInt(kShufflePartitions, specification.pool->thread_count());
  logged_ = LoggedDefaults();
  for (auto& [key, value] : logged_) value = Get(key, value);
  logged_[kShufflePartitions] = std::to_string(asked);
  if (recovery.last) {
    for (const auto& [key, value] : recovery.last->configuration) {
      const auto session = values_.find(key);
      if (session != values_.end() && session->second != value) {
        LogWarn("streaming", key + " is " + session->second +
                                 " in the session, but the checkpoint was written with " + value +
                                 ", which stays in force");
      }
      values_[key] = value;
      logged_[key] = value;
    }
  }
  shuffle_partitions_ =
      static_cast<int>(std::max<int64_t>(1, ToInt(logged_[kShufflePartitions], asked)));
}

std::string QueryConfiguration::Get(const std::string& key, const std::string& fallback) const {
  const auto found = values_.find(key);
  return found == values_.end() ? fallback : found->second;
}

int64_t QueryConfiguration::GetInt(const std::string& key, int64_t fallback) const {
  return ToInt(Get(key, ""), fallback);
}

bool QueryConfiguration::GetBool(const std::string& key, bool fallback) const {
  return EqualsIgnoreCase(Get(key, fallback ? "true" : "false"), "true");
}

}  // namespace headrace
