// The report as a page to read and as JSON.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "streaming/checkpoint_report.h"
#include "types/time.h"

namespace headrace {
namespace {

using Report = CheckpointReport;
using Json = nlohmann::ordered_json;

std::string TimeText(int64_t time_us) {
  std::string text;
  AppendTimestamp(time_us, *TimeZone::Utc(), &text);
  return text + " UTC";
}

std::string BytesText(int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string Row(const std::string& name, const std::string& value) {
  return fmt::format("  {:<12}{}\n", name, value);
}

std::string Plural(int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string BatchText(const Report& report) {
  if (!report.planned_batch) return "none yet";
  const int64_t planned = *report.planned_batch;
  const std::string committed = report.committed_batch
                                    ? fmt::format("{} committed", *report.committed_batch)
                                    : "none committed";
  if (report.committed_batch == report.planned_batch) return committed;
  return fmt::format("{}, {} planned: it is running, or runs again at the next start", committed,
                     planned);
}

std::string StoreText(const Report::Store& store, bool written_by_spark) {
  std::string text = fmt::format("    store {}: ", store.name);
  if (store.keys) {
    text += Plural(*store.keys, "key") + ", ";
  } else {
    text +=
        written_by_spark ? "keys not readable (Apache Spark's format), " : "keys not readable, ";
  }
  text += fmt::format("{} in {}", BytesText(store.bytes), Plural(store.files, "file"));
  if (store.first_batch && store.last_batch && *store.first_batch <= *store.last_batch) {
    text += fmt::format(", kept after batches {} to {}", *store.first_batch, *store.last_batch);
  }
  text += "\n";
  if (store.oldest_event_us) {
    text += fmt::format("      oldest event time {}\n", TimeText(*store.oldest_event_us));
  }
  if (store.next_expiry_us) {
    text += fmt::format("      next to close when the watermark reaches {}\n",
                        TimeText(*store.next_expiry_us));
  }
  return text;
}

template <typename Value>
Json OrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json TimeOrNull(const std::optional<int64_t>& time_us) {
  return time_us ? Json(TimeText(*time_us)) : Json(nullptr);
}

// Offsets are JSON, but for damaged ones.
Json OffsetOf(const std::optional<std::string>& offset) {
  if (!offset) return nullptr;
  Json value = Json::parse(*offset, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Json(*offset) : value;
}

Json StoreJson(const Report::Store& store) {
  return {{"name", store.name},
          {"keys", OrNull(store.keys)},
          {"files", store.files},
          {"bytes", store.bytes},
          {"firstBatchId", OrNull(store.first_batch)},
          {"lastBatchId", OrNull(store.last_batch)},
          {"oldestEventTime", TimeOrNull(store.oldest_event_us)},
          {"nextExpiry", TimeOrNull(store.next_expiry_us)}};
}

}  // namespace

std::string CheckpointText(const Report& report) {
  std::string text = "Checkpoint " + report.directory + "\n";
  text += Row("query", report.query_id.empty() ? "unknown" : report.query_id);
  if (report.process_id) {
    text += Row("process", fmt::format("{} ({})", *report.process_id,
                                       report.process_runs ? "running" : "not running"));
  }
  text += Row("batch", BatchText(report));
  if (report.planned_at_ms) text += Row("planned at", TimeText(*report.planned_at_ms * 1000));
  if (report.watermark_ms) {
    text += Row("watermark",
                *report.watermark_ms > 0 ? TimeText(*report.watermark_ms * 1000) : "none yet");
  }
  if (report.shuffle_partitions) text += Row("partitions", *report.shuffle_partitions);
  if (report.state_provider && !report.operators.empty()) {
    text += Row("state", report.state_provider->substr(report.state_provider->rfind('.') + 1));
  }

  text += "\nSources\n";
  for (size_t i = 0; i < report.sources.size(); ++i) {
    const Report::Source& source = report.sources[i];
    text += Row(std::to_string(i), "committed " + source.committed.value_or("nothing"));
    if (source.planned != source.committed) {
      text += Row("", "planned   " + source.planned.value_or("nothing"));
    }
  }
  if (report.sources.empty()) text += "  none\n";

  text += "\nState\n";
  for (const Report::Operator& operator_state : report.operators) {
    text += fmt::format("  operator {} {}, {}\n", operator_state.id, operator_state.name,
                        Plural(operator_state.partitions, "partition"));
    for (const Report::Store& store : operator_state.stores) {
      text += StoreText(store, operator_state.written_by_spark);
    }
  }
  if (report.operators.empty()) text += "  none\n";

  text += report.problems.empty() ? "\nNo damaged files\n" : "\nDamaged\n";
  for (const Report::Problem& problem : report.problems) {
    text += fmt::format("  {}\n    {}\n", problem.path, problem.message);
  }
  return text;
}

std::string CheckpointJson(const Report& report) {
  Json json = {{"directory", report.directory},
               {"queryId", report.query_id.empty() ? Json(nullptr) : Json(report.query_id)},
               {"processId", OrNull(report.process_id)},
               {"processRuns", report.process_runs},
               {"committedBatchId", OrNull(report.committed_batch)},
               {"plannedBatchId", OrNull(report.planned_batch)}};
  json["plannedAt"] =
      TimeOrNull(report.planned_at_ms ? std::optional(*report.planned_at_ms * 1000) : std::nullopt);
  json["watermark"] =
      TimeOrNull(report.watermark_ms.value_or(0) > 0 ? std::optional(*report.watermark_ms * 1000)
                                                     : std::nullopt);
  json["shufflePartitions"] = OrNull(report.shuffle_partitions);
  json["stateStoreProvider"] = OrNull(report.state_provider);
  json["sources"] = Json::array();
  for (const Report::Source& source : report.sources) {
    json["sources"].push_back(
        {{"committed", OffsetOf(source.committed)}, {"planned", OffsetOf(source.planned)}});
  }
  json["stateOperators"] = Json::array();
  for (const Report::Operator& operator_state : report.operators) {
    Json stores = Json::array();
    for (const Report::Store& store : operator_state.stores) stores.push_back(StoreJson(store));
    json["stateOperators"].push_back({{"operatorId", operator_state.id},
                                      {"operatorName", operator_state.name},
                                      {"numPartitions", operator_state.partitions},
                                      {"writtenBySpark", operator_state.written_by_spark},
                                      {"stores", stores}});
  }
  json["damaged"] = Json::array();
  for (const Report::Problem& problem : report.problems) {
    json["damaged"].push_back({{"file", problem.path}, {"message", problem.message}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace headrace
