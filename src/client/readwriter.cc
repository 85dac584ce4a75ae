#include "headrace/readwriter.h"

#include "client/exception_factory.h"
#include "client/messages.h"
#include "client/plan_node.h"
#include "client/source_relation.h"

namespace headrace {
namespace client {

DataFrame ReadSource(std::shared_ptr<Connection> connection, SourceDescription source) {
  return DataFrame(std::move(connection),
                   MakePlan([source = std::move(source)](messages::Relation* relation) {
                     relation->mutable_read()->set_is_streaming(source.is_streaming);
                     auto* data_source = relation->mutable_read()->mutable_data_source();
                     if (source.format.has_value()) data_source->set_format(*source.format);
                     data_source->set_schema(source.schema);
                     for (const auto& [key, value] : source.options) {
                       (*data_source->mutable_options())[key] = value;
                     }
                     for (const std::string& path : source.paths) data_source->add_paths(path);
                   }));
}

DataFrame ReadTable(std::shared_ptr<Connection> connection, const std::string& name,
                    const OptionMap& options, bool is_streaming) {
  return DataFrame(std::move(connection),
                   MakePlan([name, options, is_streaming](messages::Relation* relation) {
                     relation->mutable_read()->set_is_streaming(is_streaming);
                     auto* table = relation->mutable_read()->mutable_named_table();
                     table->set_unparsed_identifier(name);
                     for (const auto& [key, value] : options) {
                       (*table->mutable_options())[key] = value;
                     }
                   }));
}

}  // namespace client

inline namespace v1 {
namespace {

using client::messages::WriteOperation;

WriteOperation::SaveMode SaveModeOf(const std::string& mode) {
  if (mode.empty()) return WriteOperation::SAVE_MODE_UNSPECIFIED;
  if (mode == "append") return WriteOperation::SAVE_MODE_APPEND;
  if (mode == "overwrite") return WriteOperation::SAVE_MODE_OVERWRITE;
  if (mode == "error" || mode == "errorifexists") {
    return WriteOperation::SAVE_MODE_ERROR_IF_EXISTS;
  }
  if (mode == "ignore") return WriteOperation::SAVE_MODE_IGNORE;
  client::ThrowIllegalArgument(
      "INVALID_SAVE_MODE",
      "\"" + mode + "\" is no mode of writing: there are append, overwrite, error and ignore.",
      {{"mode", mode}});
}

}  // namespace

DataFrameReader& DataFrameReader::format(const std::string& source) {
  format_ = source;
  return *this;
}
DataFrameReader& DataFrameReader::schema(const StructType& schema) {
  schema_ = schema.json();
  return *this;
}
DataFrameReader& DataFrameReader::schema(const std::string& ddl) {
  schema_ = ddl;
  return *this;
}
DataFrameReader& DataFrameReader::option(const std::string& key, const OptionValue& value) {
  options_[key] = value.text();
  return *this;
}
DataFrameReader& DataFrameReader::options(const OptionMap& options) {
  for (const auto& [key, value] : options) options_[key] = value;
  return *this;
}

DataFrame DataFrameReader::load() const { return load(std::vector<std::string>{}); }
DataFrame DataFrameReader::load(const std::string& path) const {
  return load(std::vector<std::string>{path});
}
DataFrame DataFrameReader::load(const std::vector<std::string>& paths) const {
  return client::ReadSource(
      connection_, {.format = format_, .schema = schema_, .options = options_, .paths = paths});
}
DataFrame DataFrameReader::Load(const std::string& format, const std::string& path) const {
  return DataFrameReader(*this).format(format).load(path);
}
DataFrame DataFrameReader::table(const std::string& name) const {
  return client::ReadTable(connection_, name, options_, false);
}

DataFrameWriter& DataFrameWriter::format(const std::string& source) {
  format_ = source;
  return *this;
}
DataFrameWriter& DataFrameWriter::mode(const std::string& mode) {
  SaveModeOf(mode);
  mode_ = mode;
  return *this;
}
DataFrameWriter& DataFrameWriter::option(const std::string& key, const OptionValue& value) {
  options_[key] = value.text();
  return *this;
}
DataFrameWriter& DataFrameWriter::options(const OptionMap& options) {
  for (const auto& [key, value] : options) options_[key] = value;
  return *this;
}
DataFrameWriter& DataFrameWriter::partitionBy(const std::vector<std::string>& columns) {
  partitions_ = columns;
  return *this;
}

void DataFrameWriter::save() const { Write({}, {}, false); }
void DataFrameWriter::save(const std::string& path) const { Write(path, {}, false); }
void DataFrameWriter::Save(const std::string& format, const std::string& path) const {
  DataFrameWriter(*this).format(format).save(path);
}
void DataFrameWriter::saveAsTable(const std::string& name) const { Write({}, name, false); }
void DataFrameWriter::insertInto(const std::string& name) const { Write({}, name, true); }

void DataFrameWriter::Write(const std::string& path, const std::string& table,
                            bool into_existing) const {
  client::messages::Command command;
  WriteOperation* write = command.mutable_write_operation();
  client::WritePlan(*input_.plan(), write->mutable_input());
  if (format_.has_value()) write->set_source(*format_);
  write->set_mode(SaveModeOf(mode_));
  for (const auto& [key, value] : options_) (*write->mutable_options())[key] = value;
  for (const std::string& column : partitions_) write->add_partitioning_columns(column);
  if (!path.empty()) write->set_path(path);
  if (!table.empty()) {
    write->mutable_table()->set_table_name(table);
    write->mutable_table()->set_save_method(
        into_existing ? WriteOperation::SaveTable::TABLE_SAVE_METHOD_INSERT_INTO
                      : WriteOperation::SaveTable::TABLE_SAVE_METHOD_SAVE_AS_TABLE);
  }
  input_.connection()->ExecuteCommand(std::move(command));
}

}  // namespace v1
}  // namespace headrace
