#include "session/configuration.h"

#include <algorithm>
#include <charconv>

#include "base/file_system.h"
#include "base/log.h"
#include "base/task_pool.h"
#include "session/test_control.h"
#include "types/spark_type.h"
#include "types/time.h"

namespace headrace {
namespace {

bool IsInteger(const std::string& text) {
  int64_t value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

bool IsBoolean(const std::string& text) {
  return EqualsIgnoreCase(text, "true") || EqualsIgnoreCase(text, "false");
}

Status InvalidValue(const std::string& key, const std::string& value, const std::string& wanted) {
  return IllegalArgument(
      "INVALID_CONF_VALUE.TYPE_MISMATCH",
      "The value '" + value + "' of the configuration \"" + key + "\" is not " + wanted,
      {{"confName", key}, {"confValue", value}, {"confType", wanted}});
}

const ConfigurationKey* Find(const std::string& key) {
  static const auto* index = [] {
    auto* table = new std::map<std::string, const ConfigurationKey*>;
    for (const ConfigurationKey& entry : Configuration::Keys()) (*table)[entry.key] = &entry;
    return table;
  }();
  const auto found = index->find(key);
  return found == index->end() ? nullptr : found->second;
}

}  // namespace

// The defaults are Spark 4.x's (semantics.md 10, connect.md 1.8). A key whose default is empty has
// no value until it is set.
const std::vector<ConfigurationKey>& Configuration::Keys() {
  static const std::vector<ConfigurationKey> keys = {
      {"spark.sql.ansi.enabled", "true", "false",
       "Errors instead of nulls for overflow, bad casts and the like."},
      {"spark.sql.session.timeZone", TimeZone::HostZoneName(), "",
       "Zone of timestamps' text, fields and casts."},
      {"spark.sql.shuffle.partitions", std::to_string(TaskPool::Process()->thread_count()), "",
       "Partitions of an exchange, and of a streaming query's state; the number of cores unless "
       "set."},
      {"spark.sql.timestampType", "TIMESTAMP_LTZ", "", "What TIMESTAMP means in SQL."},
      {"spark.sql.caseSensitive", "false", "", "Whether column names must match in case."},
      {"spark.sql.columnNameOfCorruptRecord", "_corrupt_record", "",
       "Column that receives malformed records."},
      {"spark.sql.sources.default", "parquet", "", "Format when none is named."},
      {"spark.sql.warehouse.dir", "file:" + AbsolutePath("spark-warehouse"), "",
       "Directory of databases and tables."},
      {"spark.sql.sources.partitionOverwriteMode", "static", "",
       "Whether an overwrite replaces all partitions, or (dynamic) those that get rows."},
      {"spark.sql.storeAssignmentPolicy", "ANSI", "", "How values get into a table's columns."},
      {"spark.sql.files.ignoreCorruptFiles", "false", "", "Pass over files that cannot be read."},
      {"spark.sql.files.ignoreMissingFiles", "false", "",
       "Pass over files that vanished after the listing."},
      {"spark.sql.parquet.compression.codec", "snappy", "", "Codec of written Parquet files."},
      {"spark.sql.doubleQuotedIdentifiers", "false", "", "With ANSI: \"x\" is an identifier."},
      {"spark.sql.mapKeyDedupPolicy", "EXCEPTION", "", "What duplicate map keys do."},
      {"spark.sql.pivotMaxValues", "10000", "",
       "Values that pivot() without a list of them may find."},
      {"spark.sql.transposeMaxValues", "500", "", "Rows that transpose() may make columns."},

      {"spark.sql.streaming.checkpointLocation", "", "",
       "Parent of checkpoints that have no location of their own."},
      {"spark.sql.streaming.forceDeleteTempCheckpointLocation", "false", "",
       "Delete temporary checkpoints of failed queries too."},
      {"spark.sql.streaming.minBatchesToRetain", "100", "",
       "Batches that logs and state can go back."},
      {"spark.sql.streaming.noDataMicroBatches.enabled", "true", "",
       "Batches without data that emit and evict."},
      {"spark.sql.streaming.noDataProgressEventInterval", "10000", "",
       "Milliseconds between idle progress objects."},
      {"spark.sql.streaming.numRecentProgressUpdates", "100", "",
       "Progress objects kept (one less, as in Spark)."},
      {"spark.sql.streaming.multipleWatermarkPolicy", "min", "",
       "How several watermarks make one: min or max."},
      {"spark.sql.streaming.statefulOperator.checkCorrectness.enabled", "true", "",
       "Refuse chains with wrong results."},
      {"spark.sql.streaming.unsupportedOperationCheck", "true", "",
       "Refuse what streaming cannot do."},
      {"spark.sql.streaming.schemaInference", "false", "", "Infer the schema of file streams."},
      {"spark.sql.streaming.stopTimeout", "0", "", "Milliseconds stop() waits; 0: for good."},
      {"spark.sql.streaming.stopActiveRunOnRestart", "true", "",
       "A new run on a checkpoint stops the old one."},
      {"spark.sql.streaming.stateStore.minDeltasForSnapshot", "10", "",
       "Change logs between two snapshots."},
      {"spark.sql.streaming.fileSource.log.compactInterval", "10", "",
       "Every so manieth file log entry is compacted."},
      {"spark.sql.streaming.fileSource.log.deletion", "true", "",
       "Remove file log entries that were compacted."},
      {"spark.sql.streaming.fileSource.log.cleanupDelay", "600000", "",
       "Milliseconds that compacted entries stay."},
      {"spark.sql.streaming.fileSink.log.compactInterval", "10", "",
       "Every so manieth sink log entry is compacted."},
      {"spark.sql.streaming.fileSink.log.deletion", "true", "",
       "Remove sink log entries that were compacted."},
      {"spark.sql.streaming.fileSink.log.cleanupDelay", "600000", "",
       "Milliseconds that compacted entries stay."},
      {"spark.sql.streaming.fileStreamSink.ignoreMetadata", "false", "",
       "Read sink directories without their log."},

      // Read by the clients themselves (connect.md 1.8).
      {"spark.connect.session.planCompression.threshold", "-1", "",
       "Plans are not compressed on loopback."},
      {"spark.connect.session.planCompression.defaultAlgorithm", "NONE", "",
       "Codec of compressed plans."},
      {"spark.sql.session.localRelationCacheThreshold", "1048576", "67108864",
       "Bytes from which local data is uploaded."},
      {"spark.sql.session.localRelationChunkSizeRows", "10000", "",
       "Rows of a chunk of uploaded local data."},
      {"spark.sql.session.localRelationChunkSizeBytes", "16777216", "", "Bytes of such a chunk."},
      {"spark.sql.session.localRelationBatchOfChunksSizeBytes", "1073741824", "",
       "Bytes of a batch of chunks."},
      {"spark.sql.session.localRelationSizeLimit", "3221225472", "", "Bytes of local data in all."},
      {"spark.sql.execution.pandas.convertToArrowArraySafely", "true", "false",
       "Client: pandas conversion."},
      {"spark.sql.execution.pandas.inferPandasDictAsMap", "false", "",
       "Client: pandas conversion."},
      {"spark.sql.execution.pandas.structHandlingMode", "legacy", "", "Client: toPandas()."},
      {"spark.sql.pyspark.inferNestedDictAsStruct.enabled", "false", "",
       "Client: createDataFrame()."},
      {"spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled", "false", "",
       "Client: createDataFrame()."},
      {"spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled", "false", "",
       "Client: createDataFrame()."},
      {"spark.sql.execution.arrow.useLargeVarTypes", "false", "", "Client: createDataFrame()."},
      {"spark.sql.execution.arrow.maxRecordsPerBatch", "10000", "",
       "Rows of a batch sent to Python."},
      {"spark.sql.execution.arrow.pyspark.enabled", "false", "", "Always on over Connect."},
      {"spark.sql.execution.arrow.pyspark.selfDestruct.enabled", "false", "",
       "Client: toPandas()."},
      {"spark.sql.execution.pyspark.binaryAsBytes", "true", "", "Client: type of binary values."},
      {"spark.sql.execution.pyspark.udf.idleTimeoutSeconds", "0", "",
       "How long a Python worker may do nothing before its task fails; 0: for ever."},
      {"spark.sql.execution.pythonUDF.arrow.enabled", "false", "",
       "Client: kind of Python functions."},
      {"spark.sql.execution.pythonUDTF.arrow.enabled", "false", "",
       "Client: kind of Python table functions."},
      {"spark.sql.python.filterPushdown.enabled", "false", "",
       "Whether readers of Python data sources are told filters."},
      {"spark.python.sql.dataFrameDebugging.enabled", "true", "4.0.0",
       "Clients send the places of calls in the program; errors tell them."},
      {"spark.sql.connect.serverStacktrace.enabled", "false", "",
       "Client: stack traces in messages."},
      {"spark.sql.pyspark.jvmStacktrace.enabled", "false", "", "Client: stack traces in messages."},
      {"spark.sql.repl.eagerEval.enabled", "false", "", "Client: notebooks."},
      {"spark.sql.repl.eagerEval.maxNumRows", "20", "", "Client: notebooks."},
      {"spark.sql.repl.eagerEval.truncate", "20", "", "Client: notebooks."},

      // Accepted because programs set them; a native engine on one machine has no use for them.
      {"spark.sql.adaptive.enabled", "true", "", "", false},
      {"spark.sql.adaptive.coalescePartitions.enabled", "true", "", "", false},
      {"spark.sql.autoBroadcastJoinThreshold", "10485760", "", "", false},
      {"spark.sql.streaming.metricsEnabled", "false", "", "", false},
      {"spark.sql.streaming.pollingDelay", "10", "", "", false},
      {"spark.sql.streaming.asyncLogPurge.enabled", "true", "", "", false},
      {"spark.sql.streaming.stateStore.providerClass",
       "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider", "", "",
       false},
      {"spark.sql.streaming.stateStore.maintenanceInterval", "60000", "", "", false},
      {"spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", "false", "", "",
       false},
      {"spark.sql.streaming.aggregation.stateFormatVersion", "2", "", "", false},
      {"spark.sql.streaming.join.stateFormatVersion", "2", "", "", false},
      {"spark.sql.catalogImplementation", "in-memory", "", "", false},
      {"spark.sql.extensions", "", "", "", false},
  };
  return keys;
}

Configuration::Configuration(std::string client_version, std::shared_ptr<TestControl> testing)
    : client_version_(std::move(client_version)), testing_(std::move(testing)) {}

Status Configuration::Set(const std::string& key, const std::string& value) {
  if (TestControl::Owns(key)) {
    if (testing_ != nullptr) return testing_->Set(key, value);
    return MakeError(ErrorKind::kAnalysis, "CANNOT_MODIFY_CONFIG",
                     "The configuration \"" + key +
                         "\" is for tests. Start the server with --testing to use it.",
                     {{"key", key}, {"docroot", ""}});
  }
  const ConfigurationKey* known = Find(key);
  if (known != nullptr) {
    if (IsBoolean(known->default_value) && !IsBoolean(value))
      return InvalidValue(key, value, "true or false");
    if (IsInteger(known->default_value) && !IsInteger(value))
      return InvalidValue(key, value, "a whole number");
    if (key == "spark.sql.shuffle.partitions" && std::stoll(value) <= 0) {
      return IllegalArgument(
          "INVALID_CONF_VALUE.REQUIREMENT",
          "The value '" + value + "' of the configuration \"" + key + "\" is not a positive number",
          {{"confName", key}, {"confValue", value}, {"confRequirement", "positive"}});
    }
    if (key == "spark.sql.streaming.multipleWatermarkPolicy" && !EqualsIgnoreCase(value, "min") &&
        !EqualsIgnoreCase(value, "max")) {
      return IllegalArgument(
          "INVALID_CONF_VALUE.REQUIREMENT",
          "The value '" + value + "' of the configuration \"" + key + "\" is neither min nor max",
          {{"confName", key},
           {"confValue", value},
           {"confRequirement",
            "Invalid value for '" + key + "'. Valid values are 'min' and 'max'"}});
    }
    if (key == "spark.sql.session.timeZone" && !TimeZone::Find(value).ok()) {
      return IllegalArgument("INVALID_CONF_VALUE.TIME_ZONE",
                             "'" + value +
                                 "' is no time zone; use a region id such as Europe/Paris, or an "
                                 "offset such as +02:00",
                             {{"confName", key}, {"confValue", value}});
    }
    if (!known->has_effect)
      LogInfo("session", "configuration " + key + " is accepted and has no effect here");
  }
  std::lock_guard lock(mutex_);
  values_[key] = value;
  return Status::OK();
}

void Configuration::Unset(const std::string& key) {
  std::lock_guard lock(mutex_);
  values_.erase(key);
}

void Configuration::CopyFrom(const Configuration& other) {
  std::map<std::string, std::string> values;
  {
    std::lock_guard lock(other.mutex_);
    values = other.values_;
  }
  std::lock_guard lock(mutex_);
  values_ = std::move(values);
}

std::optional<std::string> Configuration::Get(const std::string& key) const {
  if (TestControl::Owns(key)) return testing_ ? testing_->Get(key) : std::nullopt;
  {
    std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    if (found != values_.end()) return found->second;
  }
  const ConfigurationKey* known = Find(key);
  if (known == nullptr) return std::nullopt;
  const std::string& value = client_version_.starts_with("3.") && !known->default_value_3_5.empty()
                                 ? known->default_value_3_5
                                 : known->default_value;
  // Since 4.2 clients take Arrow for Python functions unless told otherwise.
  if (key == "spark.sql.execution.pythonUDF.arrow.enabled" && client_version_ >= "4.2")
    return "true";
  if (value.empty()) return std::nullopt;
  return value;
}

Result<std::string> Configuration::GetRequired(const std::string& key) const {
  auto value = Get(key);
  if (value) return *value;
  return MakeError(ErrorKind::kNoSuchElement, "SQL_CONF_NOT_FOUND",
                   "The SQL config \"" + key + "\" is not set and has no default; check its name",
                   {{"sqlConf", "\"" + key + "\""}});
}

bool Configuration::GetBool(const std::string& key) const {
  return EqualsIgnoreCase(Get(key).value_or("false"), "true");
}

int64_t Configuration::GetInt(const std::string& key) const {
  return std::strtoll(Get(key).value_or("0").c_str(), nullptr, 10);
}

bool Configuration::IsSet(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return values_.count(key) > 0;
}

bool Configuration::IsModifiable(const std::string& key) const {
  static const std::vector<std::string> fixed = {
      "spark.sql.warehouse.dir", "spark.sql.catalogImplementation", "spark.sql.extensions"};
  return Find(key) != nullptr && key.starts_with("spark.sql.") &&
         std::find(fixed.begin(), fixed.end(), key) == fixed.end();
}

std::map<std::string, std::string> Configuration::All() const {
  std::map<std::string, std::string> all;
  for (const ConfigurationKey& entry : Keys()) {
    if (auto value = Get(entry.key)) all[entry.key] = *value;
  }
  std::lock_guard lock(mutex_);
  for (const auto& [key, value] : values_) all[key] = value;
  return all;
}

}  // namespace headrace
