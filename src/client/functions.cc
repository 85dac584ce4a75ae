// Columns, literals, SQL text, JSON and CSV.
#include "headrace/functions.h"

#include "client/expression_node.h"
#include "client/function_arguments.h"
#include "client/messages.h"
#include "client/plan_node.h"

namespace headrace::inline v1::functions {
namespace {

using client::Arguments;
using client::Call;
using client::Literal;
using client::messages::Expression;

// Options travel as a call of map(key, value, …).
Column CallWithOptions(const char* name, std::vector<Column> arguments, const OptionMap& options) {
  if (!options.empty()) {
    std::vector<Column> entries;
    for (const auto& [key, value] : options) {
      entries.push_back(Literal(key));
      entries.push_back(Literal(value));
    }
    arguments.push_back(Call("map", std::move(entries)));
  }
  return Call(name, std::move(arguments));
}

}  // namespace

Column col(const std::string& name) { return ColumnOrName(name); }
Column column(const std::string& name) { return ColumnOrName(name); }
Column lit(const Value& value) { return Literal(value); }
Column expr(const std::string& sql) {
  return client::MakeColumn(
      [sql](Expression* message) { message->mutable_expression_string()->set_expression(sql); });
}
Column asc(const ColumnOrName& column) { return column.asc(); }
Column desc(const ColumnOrName& column) { return column.desc(); }

Column call_function(const std::string& name, const Columns& arguments) {
  return client::MakeColumn([name, arguments](Expression* message) {
    auto* call = message->mutable_call_function();
    call->set_function_name(name);
    for (const Column& argument : arguments) {
      client::WriteExpression(argument, call->add_arguments());
    }
  });
}

DataFrame broadcast(const DataFrame& dataframe) {
  return client::Derive(dataframe,
                        [](const client::PlanNode& input, client::messages::Relation* relation) {
                          client::WritePlan(input, relation->mutable_hint()->mutable_input());
                          relation->mutable_hint()->set_name("broadcast");
                        });
}

Column from_json(const ColumnOrName& text, const std::string& schema, const OptionMap& options) {
  return CallWithOptions("from_json", {text, Literal(schema)}, options);
}
Column from_json(const ColumnOrName& text, const DataType& schema, const OptionMap& options) {
  return CallWithOptions("from_json", {text, Literal(schema.json())}, options);
}
Column to_json(const ColumnOrName& column, const OptionMap& options) {
  return CallWithOptions("to_json", {column}, options);
}
Column get_json_object(const ColumnOrName& text, const std::string& path) {
  return Call("get_json_object", {text, Literal(path)});
}
Column json_tuple(const ColumnOrName& text, const std::vector<std::string>& fields) {
  std::vector<Column> arguments = {text};
  for (const std::string& field : fields) arguments.push_back(Literal(field));
  return Call("json_tuple", std::move(arguments));
}
Column schema_of_json(const std::string& json) { return Call("schema_of_json", {Literal(json)}); }
Column from_csv(const ColumnOrName& text, const std::string& schema, const OptionMap& options) {
  return CallWithOptions("from_csv", {text, Literal(schema)}, options);
}
Column to_csv(const ColumnOrName& column, const OptionMap& options) {
  return CallWithOptions("to_csv", {column}, options);
}

Column monotonically_increasing_id() { return Call("monotonically_increasing_id", {}); }
Column spark_partition_id() { return Call("spark_partition_id", {}); }
Column input_file_name() { return Call("input_file_name", {}); }

}  // namespace headrace::inline v1::functions
