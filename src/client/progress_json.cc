#include <nlohmann/json.hpp>

#include "headrace/streaming.h"

#include "client/exception_factory.h"

namespace headrace::inline v1 {
namespace {

using Json = nlohmann::json;

// Members that are missing, null or of another type give the fallback: servers differ in what they
// tell.
template <typename T>
T Member(const Json& object, const char* name, T fallback = {}) {
  auto found = object.find(name);
  if (found == object.end()) return fallback;
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->get<T>() : fallback;
  } else {
    return found->is_number() ? found->get<T>() : fallback;
  }
}

// Offsets are JSON; some servers send it as text.
std::string Offset(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

const Json& List(const Json& object, const char* name) {
  static const Json kNone = Json::array();
  auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : kNone;
}

SourceProgress SourceFrom(const Json& json) {
  return {.description = Member<std::string>(json, "description"),
          .startOffset = Offset(json, "startOffset"),
          .endOffset = Offset(json, "endOffset"),
          .latestOffset = Offset(json, "latestOffset"),
          .numInputRows = Member<int64_t>(json, "numInputRows"),
          .inputRowsPerSecond = Member<double>(json, "inputRowsPerSecond"),
          .processedRowsPerSecond = Member<double>(json, "processedRowsPerSecond")};
}

StateOperatorProgress StateOperatorFrom(const Json& json) {
  return {.operatorName = Member<std::string>(json, "operatorName"),
          .numRowsTotal = Member<int64_t>(json, "numRowsTotal"),
          .numRowsUpdated = Member<int64_t>(json, "numRowsUpdated"),
          .numRowsRemoved = Member<int64_t>(json, "numRowsRemoved"),
          .numRowsDroppedByWatermark = Member<int64_t>(json, "numRowsDroppedByWatermark"),
          .memoryUsedBytes = Member<int64_t>(json, "memoryUsedBytes")};
}

// Spark's servers leave the sums over all sources out.
void AddUpSources(const Json& json, StreamingQueryProgress* progress) {
  if (json.contains("numInputRows")) return;
  for (const SourceProgress& source : progress->sources) {
    progress->numInputRows += source.numInputRows;
    progress->inputRowsPerSecond += source.inputRowsPerSecond;
    progress->processedRowsPerSecond += source.processedRowsPerSecond;
  }
}

}  // namespace

StreamingQueryProgress StreamingQueryProgress::fromJson(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    client::ThrowIllegalArgument("INVALID_JSON_TEXT",
                                 "The progress of a query is a JSON object, not: " + text);
  }
  StreamingQueryProgress progress;
  progress.json = text;
  progress.id = Member<std::string>(json, "id");
  progress.runId = Member<std::string>(json, "runId");
  std::string name = Member<std::string>(json, "name");
  if (!name.empty()) progress.name = std::move(name);
  progress.timestamp = Member<std::string>(json, "timestamp");
  progress.batchId = Member<int64_t>(json, "batchId");
  progress.numInputRows = Member<int64_t>(json, "numInputRows");
  progress.inputRowsPerSecond = Member<double>(json, "inputRowsPerSecond");
  progress.processedRowsPerSecond = Member<double>(json, "processedRowsPerSecond");
  for (const Json& source : List(json, "sources")) progress.sources.push_back(SourceFrom(source));
  for (const Json& state_operator : List(json, "stateOperators")) {
    progress.stateOperators.push_back(StateOperatorFrom(state_operator));
  }
  const Json sink = json.value("sink", Json::object());
  const Json durations = json.value("durationMs", Json::object());
  const Json event_time = json.value("eventTime", Json::object());
  progress.sinkDescription = Member<std::string>(sink, "description");
  progress.numOutputRows = Member<int64_t>(sink, "numOutputRows", -1);
  for (const auto& [key, value] : durations.items()) {
    if (value.is_number()) progress.durationMs[key] = value.get<int64_t>();
  }
  for (const auto& [key, value] : event_time.items()) {
    if (value.is_string()) progress.eventTime[key] = value.get<std::string>();
  }
  AddUpSources(json, &progress);
  return progress;
}

}  // namespace headrace::inline v1
