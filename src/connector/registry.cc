#include "connector/registry.h"

#include <mutex>

#include "types/spark_type.h"

namespace headrace {

struct ConnectorRegistry::Tables {
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<SourceProvider>> sources;
  std::map<std::string, std::shared_ptr<SinkProvider>> sinks;
};

namespace {

// Spark's providers have no common naming rule, so the class names that programs and saved tables
// use are listed.
const std::map<std::string, std::string>& FormatsByClassName() {
  static const auto* formats = new std::map<std::string, std::string>{
      {"textsocketsourceprovider", "socket"},
      {"ratestreamprovider", "rate"},
      {"ratepermicrobatchprovider", "rate-micro-batch"},
      {"consolesinkprovider", "console"},
      {"noopdatasource", "noop"},
      {"memorysink", "memory"},
      {"jsonfileformat", "json"},
      {"jsondatasourcev2", "json"},
      {"csvfileformat", "csv"},
      {"csvdatasourcev2", "csv"},
      {"textfileformat", "text"},
      {"textdatasourcev2", "text"},
      {"parquetfileformat", "parquet"},
      {"parquetdatasourcev2", "parquet"},
      {"orcfileformat", "orc"},
      {"orcdatasourcev2", "orc"},
      {"avrofileformat", "avro"},
      {"kafkasourceprovider", "kafka"},
  };
  return *formats;
}

// `org.apache.spark.sql.parquet[.DefaultSource]` and full class names become format names.
std::string FormatName(const std::string& format) {
  const std::string lower = ToLower(format);
  if (!lower.starts_with("org.apache.spark.")) return lower;
  std::string last = lower.substr(lower.rfind('.') + 1);
  if (last == "defaultsource") {
    const std::string package = lower.substr(0, lower.rfind('.'));
    last = package.substr(package.rfind('.') + 1);
  }
  const auto known = FormatsByClassName().find(last);
  return known == FormatsByClassName().end() ? last : known->second;
}

template <typename Provider>
std::vector<std::string> Names(const std::map<std::string, std::shared_ptr<Provider>>& table) {
  std::vector<std::string> names;
  for (const auto& [name, provider] : table) names.push_back(name);
  return names;
}

Status NoSuchFormat(const std::string& format, const char* role,
                    const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return MakeError(ErrorKind::kSpark, "DATA_SOURCE_NOT_FOUND",
                   "There is no data " + std::string(role) + " of the format '" + format +
                       "'. Available: " + list + ".",
                   {{"provider", format}});
}

}  // namespace

ConnectorRegistry::ConnectorRegistry() : tables_(std::make_shared<Tables>()) {}

ConnectorRegistry& ConnectorRegistry::Process() {
  static auto* const registry = new ConnectorRegistry;
  return *registry;
}

void ConnectorRegistry::AddSource(const std::string& format,
                                  std::shared_ptr<SourceProvider> provider) {
  std::lock_guard lock(tables_->mutex);
  tables_->sources[ToLower(format)] = std::move(provider);
}

void ConnectorRegistry::AddSink(const std::string& format, std::shared_ptr<SinkProvider> provider) {
  std::lock_guard lock(tables_->mutex);
  tables_->sinks[ToLower(format)] = std::move(provider);
}

Result<std::shared_ptr<SourceProvider>> ConnectorRegistry::FindSource(
    const std::string& format) const {
  const std::string name = FormatName(format);
  std::lock_guard lock(tables_->mutex);
  if (auto found = tables_->sources.find(name); found != tables_->sources.end()) {
    return found->second;
  }
  // The format exists, but only for writing.
  if (tables_->sinks.contains(name)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1135",
                         format + " can be written to, but not read: it is a sink only.",
                         {{"className", format}});
  }
  return NoSuchFormat(format, "source", Names(tables_->sources));
}

Result<std::shared_ptr<SinkProvider>> ConnectorRegistry::FindSink(const std::string& format) const {
  const std::string name = FormatName(format);
  std::lock_guard lock(tables_->mutex);
  if (auto found = tables_->sinks.find(name); found != tables_->sinks.end()) {
    return found->second;
  }
  if (tables_->sources.contains(name)) {
    return MakeError(ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2049",
                     "Data source " + format + " does not support writing: it is a source only.",
                     {{"className", format}, {"operator", "writing"}});
  }
  return NoSuchFormat(format, "sink", Names(tables_->sinks));
}

std::vector<std::string> ConnectorRegistry::SourceFormats() const {
  std::lock_guard lock(tables_->mutex);
  return Names(tables_->sources);
}

std::vector<std::string> ConnectorRegistry::SinkFormats() const {
  std::lock_guard lock(tables_->mutex);
  return Names(tables_->sinks);
}

}  // namespace headrace
