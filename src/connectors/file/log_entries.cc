#include "connectors/file/log_entries.h"

#include <nlohmann/json.hpp>

#include "connector/offset_error.h"
#include "connectors/file/file_options.h"
#include "connectors/file/file_path.h"

namespace headrace {

namespace {

using Json = nlohmann::json;

Result<Json> ParseObject(const std::string& text, const char* what) {
  auto value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object() || !value.contains("path") || !value["path"].is_string()) {
    return MakeError(ErrorKind::kSpark, "MALFORMED_LOG_FILE",
                     "'" + text + "' is no entry of " + what +
                         ": it must be a JSON object with a path. Restore the log from a copy, or "
                         "start with a new checkpoint.",
                     {{"text", text}});
  }
  return value;
}

int64_t IntOf(const Json& object, const char* key, int64_t fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : fallback;
}

std::string QuotedUri(const std::string& path) { return Json(FileUri(path)).dump(); }

}  // namespace

std::string SourceLogEntry::ToJson() const {
  return "{\"path\":" + QuotedUri(path) + ",\"timestamp\":" + std::to_string(modification_time_ms) +
         ",\"batchId\":" + std::to_string(log_offset) + "}";
}

Result<SourceLogEntry> SourceLogEntry::Parse(const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(const auto object, ParseObject(json, "a file source's log"));
  SourceLogEntry entry;
  ARROW_ASSIGN_OR_RAISE(entry.path, PathOfFileUri(object["path"].get<std::string>()));
  entry.modification_time_ms = IntOf(object, "timestamp", 0);
  entry.log_offset = IntOf(object, "batchId", -1);
  return entry;
}

std::string SinkLogEntry::ToJson() const {
  return "{\"path\":" + QuotedUri(path) + ",\"size\":" + std::to_string(size_bytes) +
         ",\"isDir\":false,\"modificationTime\":" + std::to_string(modification_time_ms) +
         ",\"blockReplication\":1,\"blockSize\":33554432,\"action\":\"" +
         (is_add ? "add" : "delete") + "\"}";
}

Result<SinkLogEntry> SinkLogEntry::Parse(const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(const auto object, ParseObject(json, "a file sink's log"));
  SinkLogEntry entry;
  ARROW_ASSIGN_OR_RAISE(entry.path, PathOfFileUri(object["path"].get<std::string>()));
  entry.size_bytes = IntOf(object, "size", 0);
  entry.modification_time_ms = IntOf(object, "modificationTime", 0);
  entry.is_add = object.value("action", "add") == "add";
  return entry;
}

Result<std::unique_ptr<CompactibleLog>> OpenLog(const std::string& directory,
                                                const std::string& kind,
                                                const ConnectorContext& context,
                                                std::function<bool(const std::string&)> keep) {
  const std::string prefix = "spark.sql.streaming." + kind + ".log.";
  CompactibleLog::Options options;
  ARROW_ASSIGN_OR_RAISE(const int64_t interval,
                        IntConfiguration(context, prefix + "compactInterval", 10));
  if (interval < 1) {
    return IllegalArgument(
        "INVALID_CONF_VALUE.REQUIREMENT",
        "The configuration " + prefix + "compactInterval is " + std::to_string(interval) +
            ", but must be at least 1.",
        {{"confName", prefix + "compactInterval"}, {"confValue", std::to_string(interval)}});
  }
  options.compact_interval = static_cast<int>(interval);
  ARROW_ASSIGN_OR_RAISE(options.delete_expired,
                        BoolConfiguration(context, prefix + "deletion", true));
  Options delay;
  if (const auto value = context.configuration(prefix + "cleanupDelay")) {
    delay.Set(prefix + "cleanupDelay", *value);
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t delay_us,
                        delay.GetDurationUs(prefix + "cleanupDelay", 600000000));
  options.cleanup_delay_ms = delay_us / 1000;
  ARROW_ASSIGN_OR_RAISE(const int64_t retained,
                        IntConfiguration(context, "spark.sql.streaming.minBatchesToRetain", 100));
  options.min_batches_to_retain = static_cast<int>(retained);
  options.keep = std::move(keep);
  return CompactibleLog::Open(directory, context.files, std::move(options));
}

std::string LogOffsetJson(int64_t offset) {
  return "{\"logOffset\":" + std::to_string(offset) + "}";
}

Result<int64_t> ParseLogOffset(const OffsetJson& json) {
  const auto value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_object() && value.contains("logOffset") && value["logOffset"].is_number_integer()) {
    return value["logOffset"].get<int64_t>();
  }
  return MalformedOffset(json, "file", "like {\"logOffset\":3}");
}

}  // namespace headrace
