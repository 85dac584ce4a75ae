// DataFrames that a session makes, and its configuration.
#include "headrace/session.h"

#include "client/connection.h"
#include "client/exception_factory.h"
#include "client/expression_node.h"
#include "client/plan_node.h"
#include "client/row_encoding.h"
#include "client/source_relation.h"
#include "client/type_message.h"

namespace headrace::inline v1 {
namespace {

using client::Connection;
using client::messages::Command;
using client::messages::ConfigRequest;
using client::messages::Relation;

DataFrame LocalDataFrame(const std::shared_ptr<Connection>& connection,
                         const std::vector<Row>& rows, const StructType& schema) {
  auto data = std::make_shared<const std::string>(client::EncodeRows(rows, schema));
  return DataFrame(connection, client::MakePlan([data, json = schema.json()](Relation* relation) {
                     relation->mutable_local_relation()->set_data(*data);
                     relation->mutable_local_relation()->set_schema(json);
                   }));
}

}  // namespace

DataFrame SparkSession::sql(const std::string& query) const { return sql(query, {}); }

DataFrame SparkSession::sql(
    const std::string& query,
    const std::vector<std::pair<std::string, ColumnOrValue>>& arguments) const {
  Command command;
  const client::PlanPtr plan = client::MakePlan([&](Relation* relation) {
    relation->mutable_sql()->set_query(query);
    for (const auto& [name, value] : arguments) {
      client::WriteExpression(value, &(*relation->mutable_sql()->mutable_named_arguments())[name]);
    }
  });
  client::WritePlan(*plan, command.mutable_sql_command()->mutable_input());
  const auto response = connection_->ExecuteCommand(std::move(command));
  if (!response.has_sql_command_result()) {
    client::ThrowConnectError("The server did not answer an SQL statement with a result.");
  }
  auto result = std::make_shared<const Relation>(response.sql_command_result().relation());
  return DataFrame(connection_,
                   client::MakePlan([result](Relation* relation) { *relation = *result; }));
}

DataFrame SparkSession::table(const std::string& name) const {
  return client::ReadTable(connection_, name, {}, false);
}

DataFrame SparkSession::range(int64_t end) const { return range(0, end); }

DataFrame SparkSession::range(int64_t start, int64_t end, int64_t step,
                              std::optional<int32_t> partitions) const {
  return DataFrame(connection_, client::MakePlan([=](Relation* relation) {
                     auto* range = relation->mutable_range();
                     range->set_start(start);
                     range->set_end(end);
                     range->set_step(step);
                     if (partitions.has_value()) range->set_num_partitions(*partitions);
                   }));
}

DataFrame SparkSession::createDataFrame(const std::vector<Row>& rows,
                                        const StructType& schema) const {
  return LocalDataFrame(connection_, rows, schema);
}

DataFrame SparkSession::createDataFrame(const std::vector<Row>& rows,
                                        const std::string& ddl) const {
  client::messages::AnalyzePlanRequest request;
  request.mutable_ddl_parse()->set_ddl_string(ddl);
  const DataType type =
      client::TypeFromMessage(connection_->Analyze(std::move(request)).ddl_parse().parsed());
  if (type.kind() != DataType::Kind::kStruct) {
    // "int" alone means one column, as in PySpark.
    return LocalDataFrame(connection_, rows, StructType().add("value", type));
  }
  return LocalDataFrame(connection_, rows, StructType(type.fields()));
}

DataFrame SparkSession::createDataFrame(const std::vector<Row>& rows,
                                        const std::vector<std::string>& names) const {
  return LocalDataFrame(connection_, rows, client::InferSchema(rows, names));
}

void RuntimeConfig::set(const std::string& key, const OptionValue& value) const {
  ConfigRequest::Operation operation;
  auto* pair = operation.mutable_set()->add_pairs();
  pair->set_key(key);
  pair->set_value(value.text());
  connection_->Config(std::move(operation));
}

std::string RuntimeConfig::get(const std::string& key) const {
  ConfigRequest::Operation operation;
  operation.mutable_get()->add_keys(key);
  const auto response = connection_->Config(std::move(operation));
  if (response.pairs_size() != 1) {
    client::ThrowConnectError("The server did not tell the setting " + key + ".");
  }
  return response.pairs(0).value();
}

std::string RuntimeConfig::get(const std::string& key, const std::string& fallback) const {
  ConfigRequest::Operation operation;
  auto* pair = operation.mutable_get_with_default()->add_pairs();
  pair->set_key(key);
  pair->set_value(fallback);
  const auto response = connection_->Config(std::move(operation));
  return response.pairs_size() == 1 ? response.pairs(0).value() : fallback;
}

std::map<std::string, std::string> RuntimeConfig::getAll() const {
  ConfigRequest::Operation operation;
  operation.mutable_get_all();
  const auto response = connection_->Config(std::move(operation));
  std::map<std::string, std::string> settings;
  for (const auto& pair : response.pairs()) settings[pair.key()] = pair.value();
  return settings;
}

void RuntimeConfig::unset(const std::string& key) const {
  ConfigRequest::Operation operation;
  operation.mutable_unset()->add_keys(key);
  connection_->Config(std::move(operation));
}

bool RuntimeConfig::isModifiable(const std::string& key) const {
  ConfigRequest::Operation operation;
  operation.mutable_is_modifiable()->add_keys(key);
  const auto response = connection_->Config(std::move(operation));
  return response.pairs_size() == 1 && response.pairs(0).value() == "true";
}

}  // namespace headrace::inline v1
