// Streams begin and end: DataStreamReader, DataStreamWriter, Trigger.
#include "headrace/streaming.h"

#include "client/exception_factory.h"
#include "client/plan_node.h"
#include "client/source_relation.h"

namespace headrace::inline v1 {

DataStreamReader& DataStreamReader::format(const std::string& source) {
  format_ = source;
  return *this;
}
DataStreamReader& DataStreamReader::schema(const StructType& schema) {
  schema_ = schema.json();
  return *this;
}
DataStreamReader& DataStreamReader::schema(const std::string& ddl) {
  schema_ = ddl;
  return *this;
}
DataStreamReader& DataStreamReader::option(const std::string& key, const OptionValue& value) {
  options_[key] = value.text();
  return *this;
}
DataStreamReader& DataStreamReader::options(const OptionMap& options) {
  for (const auto& [key, value] : options) options_[key] = value;
  return *this;
}

DataFrame DataStreamReader::load() const {
  return client::ReadSource(
      connection_,
      {.format = format_, .schema = schema_, .options = options_, .is_streaming = true});
}
DataFrame DataStreamReader::load(const std::string& path) const {
  return client::ReadSource(connection_, {.format = format_,
                                          .schema = schema_,
                                          .options = options_,
                                          .paths = {path},
                                          .is_streaming = true});
}
DataFrame DataStreamReader::Load(const std::string& format, const std::string& path) const {
  return DataStreamReader(*this).format(format).load(path);
}
DataFrame DataStreamReader::table(const std::string& name) const {
  return client::ReadTable(connection_, name, options_, true);
}

Trigger Trigger::ProcessingTime(const std::string& interval) {
  return Trigger(Kind::kProcessingTime, interval);
}
Trigger Trigger::ProcessingTime(std::chrono::milliseconds interval) {
  return Trigger(Kind::kProcessingTime, std::to_string(interval.count()) + " milliseconds");
}
Trigger Trigger::Continuous(const std::string& checkpointInterval) {
  return Trigger(Kind::kContinuous, checkpointInterval);
}
Trigger Trigger::RealTime(const std::string& batchDuration) {
  return Trigger(Kind::kRealTime, batchDuration);
}

DataStreamWriter& DataStreamWriter::format(const std::string& sink) {
  format_ = sink;
  return *this;
}
DataStreamWriter& DataStreamWriter::outputMode(const std::string& mode) {
  output_mode_ = mode;
  return *this;
}
DataStreamWriter& DataStreamWriter::option(const std::string& key, const OptionValue& value) {
  options_[key] = value.text();
  return *this;
}
DataStreamWriter& DataStreamWriter::options(const OptionMap& options) {
  for (const auto& [key, value] : options) options_[key] = value;
  return *this;
}
DataStreamWriter& DataStreamWriter::queryName(const std::string& name) {
  query_name_ = name;
  return *this;
}
DataStreamWriter& DataStreamWriter::trigger(const Trigger& trigger) {
  trigger_ = trigger;
  return *this;
}
DataStreamWriter& DataStreamWriter::partitionBy(const std::vector<std::string>& columns) {
  partitions_ = columns;
  return *this;
}

StreamingQuery DataStreamWriter::start() const { return Start("", ""); }
StreamingQuery DataStreamWriter::start(const std::string& path) const { return Start(path, ""); }
StreamingQuery DataStreamWriter::toTable(const std::string& name) const { return Start("", name); }

StreamingQuery DataStreamWriter::Start(const std::string& path, const std::string& table) const {
  client::messages::Command command;
  auto* start = command.mutable_write_stream_operation_start();
  client::WritePlan(*input_.plan(), start->mutable_input());
  start->set_format(format_);
  start->set_output_mode(output_mode_);
  start->set_query_name(query_name_);
  for (const auto& [key, value] : options_) (*start->mutable_options())[key] = value;
  for (const std::string& column : partitions_) start->add_partitioning_column_names(column);
  if (trigger_.has_value()) {
    switch (trigger_->kind()) {
      case Trigger::Kind::kProcessingTime:
        start->set_processing_time_interval(trigger_->interval());
        break;
      case Trigger::Kind::kOnce:
        start->set_once(true);
        break;
      case Trigger::Kind::kAvailableNow:
        start->set_available_now(true);
        break;
      case Trigger::Kind::kContinuous:
        start->set_continuous_checkpoint_interval(trigger_->interval());
        break;
      case Trigger::Kind::kRealTime:
        start->set_real_time_batch_duration(trigger_->interval());
        break;
    }
  }
  if (!path.empty()) start->set_path(path);
  if (!table.empty()) start->set_table_name(table);

  const auto response = input_.connection()->ExecuteCommand(std::move(command));
  if (!response.has_write_stream_operation_start_result()) {
    client::ThrowConnectError("The server started a query without telling its id.");
  }
  const auto& result = response.write_stream_operation_start_result();
  return StreamingQuery(input_.connection(), result.query_id().id(), result.query_id().run_id(),
                        result.name());
}

}  // namespace headrace::inline v1
