#include "streaming/progress.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "types/time.h"
#include "types/value_text.h"

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Json OffsetJsonOf(const std::optional<OffsetJson>& offset, OffsetForm form) {
  if (!offset) return nullptr;
  if (form == OffsetForm::kText) return *offset;
  Json value = Json::parse(*offset, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json(*offset) : value;
}

// Rows a second; 0 where Spark would have to divide by nothing. Clients choke on NaN.
double Rate(int64_t rows, int64_t milliseconds) {
  return milliseconds <= 0 ? 0.0
                           : static_cast<double>(rows) * 1000.0 / static_cast<double>(milliseconds);
}

double InputRate(const Progress& progress, int64_t rows) {
  if (progress.previous_trigger_start_ms < 0) return 0.0;
  return Rate(rows,
              std::max<int64_t>(1, progress.trigger_start_ms - progress.previous_trigger_start_ms));
}

double ProcessedRate(const Progress& progress, int64_t rows) {
  return Rate(rows, std::max<int64_t>(1, progress.duration_us / 1000));
}

Json DurationsOf(const Progress& progress) {
  Json durations = Json::object();
  auto add = [&](const std::string& name, int64_t us) { durations[name] = us / 1000; };
  bool triggered = false;
  for (const auto& [name, us] : progress.steps->durations_us()) {
    if (!triggered && name > "triggerExecution") {
      add("triggerExecution", progress.duration_us);
      triggered = true;
    }
    add(name, us);
  }
  if (!triggered) add("triggerExecution", progress.duration_us);
  return durations;
}

// The first watermark node that saw data speaks for the batch.
Json EventTimeOf(const Progress& progress) {
  Json event_time = Json::object();
  if (!progress.watermark_ms) return event_time;
  for (const EventTimeStatistics& node : progress.event_times) {
    if (node.count == 0) continue;
    const int64_t average = static_cast<int64_t>(
        std::floor(static_cast<double>(node.sum_ms) / static_cast<double>(node.count)));
    event_time["avg"] = FormatIsoMillis(average);
    event_time["max"] = FormatIsoMillis(node.max_ms);
    event_time["min"] = FormatIsoMillis(node.min_ms);
    break;
  }
  event_time["watermark"] = FormatIsoMillis(*progress.watermark_ms);
  return event_time;
}

// Of the metrics that there are for each store, Spark shows the five with the smallest values: the
// stores that fell behind.
std::map<std::string, int64_t> CustomMetricsOf(const StateOperatorMetrics& metrics) {
  constexpr std::string_view kPerStore = "SnapshotLastUploaded.";
  constexpr size_t kShown = 5;
  std::map<std::string, int64_t> shown;
  std::vector<std::pair<int64_t, std::string>> per_store;
  for (const auto& [name, value] : metrics.custom) {
    if (name.starts_with(kPerStore)) {
      per_store.emplace_back(value, name);
    } else {
      shown[name] = value;
    }
  }
  std::sort(per_store.begin(), per_store.end());
  if (per_store.size() > kShown) per_store.resize(kShown);
  for (const auto& [value, name] : per_store) shown[name] = value;
  return shown;
}

Json StateOperatorOf(const StateOperatorMetrics& metrics) {
  Json operator_json = {{"operatorName", metrics.operator_name},
                        {"numRowsTotal", metrics.rows_total},
                        {"numRowsUpdated", metrics.rows_updated},
                        {"allUpdatesTimeMs", metrics.update_time_us / 1000},
                        {"numRowsRemoved", metrics.rows_removed},
                        {"allRemovalsTimeMs", metrics.removal_time_us / 1000},
                        {"commitTimeMs", metrics.commit_time_us / 1000},
                        {"memoryUsedBytes", metrics.memory_bytes},
                        {"numRowsDroppedByWatermark", metrics.rows_dropped_by_watermark},
                        {"numShufflePartitions", metrics.shuffle_partitions},
                        {"numStateStoreInstances", metrics.store_instances}};
  operator_json["customMetrics"] = Json::object();
  for (const auto& [name, value] : CustomMetricsOf(metrics)) {
    operator_json["customMetrics"][name] = value;
  }
  return operator_json;
}

Json ScalarJson(const arrow::Array& column) {
  if (column.length() == 0 || column.IsNull(0)) return nullptr;
  switch (column.type_id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanArray&>(column).Value(0);
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Array&>(column).Value(0);
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Array&>(column).Value(0);
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Array&>(column).Value(0);
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Array&>(column).Value(0);
    case arrow::Type::FLOAT:
      return static_cast<const arrow::FloatArray&>(column).Value(0);
    case arrow::Type::DOUBLE:
      return static_cast<const arrow::DoubleArray&>(column).Value(0);
    default: {
      std::string text;
      AppendValue(column, 0, *TimeZone::Utc(), TextStyle::kCast, &text);
      return text;
    }
  }
}

Json ObservedOf(const Progress& progress) {
  Json observed = Json::object();
  for (const auto& [name, row] : progress.observed) {
    Json values = Json::object();
    for (int i = 0; i < row->num_columns(); ++i) {
      values[row->schema()->field(i)->name()] = ScalarJson(*row->column(i));
    }
    observed[name] = std::move(values);
  }
  return observed;
}

Json ProgressJson(const Progress& progress, OffsetForm form) {
  int64_t rows = 0;
  for (const SourceProgress& source : progress.sources) rows += source.rows;
  Json json = {{"id", progress.id}, {"runId", progress.run_id}};
  json["name"] = progress.name.empty() ? Json(nullptr) : Json(progress.name);
  json["timestamp"] = FormatIsoMillis(progress.trigger_start_ms);
  json["batchId"] = progress.batch_id;
  json["batchDuration"] = progress.duration_us / 1000;
  json["numInputRows"] = rows;
  json["inputRowsPerSecond"] = InputRate(progress, rows);
  json["processedRowsPerSecond"] = ProcessedRate(progress, rows);
  json["durationMs"] = DurationsOf(progress);
  json["eventTime"] = EventTimeOf(progress);
  json["stateOperators"] = Json::array();
  for (const auto& metrics : progress.state_operators)
    json["stateOperators"].push_back(StateOperatorOf(metrics));
  json["sources"] = Json::array();
  for (const SourceProgress& source : progress.sources) {
    Json source_json = {{"description", source.description}};
    source_json["startOffset"] = OffsetJsonOf(source.start, form);
    source_json["endOffset"] = OffsetJsonOf(source.end, form);
    source_json["latestOffset"] = OffsetJsonOf(source.latest, form);
    source_json["numInputRows"] = source.rows;
    source_json["inputRowsPerSecond"] = InputRate(progress, source.rows);
    source_json["processedRowsPerSecond"] = ProcessedRate(progress, source.rows);
    if (!source.metrics.empty()) source_json["metrics"] = source.metrics;
    json["sources"].push_back(std::move(source_json));
  }
  json["sink"] = {{"description", progress.sink_description},
                  {"numOutputRows", progress.output_rows}};
  json["observedMetrics"] = ObservedOf(progress);
  return json;
}

std::string Dump(const Json& json) {
  // Descriptions hold paths, which need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ToJson(const Progress& progress, OffsetForm form) {
  return Dump(ProgressJson(progress, form));
}

std::string StartedEventJson(const std::string& id, const std::string& run_id,
                             const std::string& name, int64_t now_ms) {
  Json json = {{"id", id}, {"runId", run_id}};
  json["name"] = name.empty() ? Json(nullptr) : Json(name);
  json["timestamp"] = FormatIsoMillis(now_ms);
  json["jobTags"] = Json::array();
  return Dump(json);
}

std::string ProgressEventJson(const Progress& progress) {
  Json json = Json::object();
  json["progress"] = ProgressJson(progress, OffsetForm::kValue);
  return Dump(json);
}

std::string IdleEventJson(const std::string& id, const std::string& run_id, int64_t now_ms) {
  return Dump(Json{{"id", id}, {"runId", run_id}, {"timestamp", FormatIsoMillis(now_ms)}});
}

std::string TerminatedEventJson(const std::string& id, const std::string& run_id,
                                const std::optional<std::string>& exception,
                                const std::optional<std::string>& condition) {
  Json json = {{"id", id}, {"runId", run_id}};
  json["exception"] = exception ? Json(*exception) : Json(nullptr);
  json["errorClassOnException"] = condition ? Json(*condition) : Json(nullptr);
  return Dump(json);
}

ProgressReporter::ProgressReporter(int retained, int64_t idle_interval_ms, QueryEventListener post)
    : retained_(static_cast<size_t>(std::max(1, retained - 1))),
      idle_interval_ms_(idle_interval_ms),
      post_(std::move(post)) {}

void ProgressReporter::Keep(const Progress& progress) {
  std::string text = ToJson(progress, OffsetForm::kText);
  std::lock_guard lock(mutex_);
  recent_.push_back(std::move(text));
  while (recent_.size() > retained_) recent_.pop_front();
}

void ProgressReporter::Batch(const Progress& progress, int64_t now_ms) {
  {
    std::lock_guard lock(mutex_);
    last_idle_ms_ = now_ms;
  }
  Keep(progress);
  post_(QueryEventType::kProgress, ProgressEventJson(progress));
}

void ProgressReporter::Idle(const Progress& progress, int64_t now_ms) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    if (last_idle_ms_ && now_ms - idle_interval_ms_ < *last_idle_ms_) return;
    first = !last_idle_ms_;
    last_idle_ms_ = now_ms;
  }
  Keep(progress);
  // The idle object before any batch causes no event, as in Spark.
  if (!first)
    post_(QueryEventType::kIdle,
          IdleEventJson(progress.id, progress.run_id, progress.trigger_start_ms));
}

int64_t ProgressReporter::next_idle_ms() const {
  std::lock_guard lock(mutex_);
  return last_idle_ms_ ? *last_idle_ms_ + idle_interval_ms_ : 0;
}

std::vector<std::string> ProgressReporter::recent() const {
  std::lock_guard lock(mutex_);
  return {recent_.begin(), recent_.end()};
}

}  // namespace headrace
