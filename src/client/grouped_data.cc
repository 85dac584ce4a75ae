#include <algorithm>

#include "headrace/dataframe.h"

#include "client/exception_factory.h"
#include "client/expression_node.h"
#include "client/literal_message.h"
#include "client/messages.h"
#include "client/plan_node.h"

namespace headrace::inline v1 {
namespace {

using client::messages::Aggregate;

Aggregate::GroupType GroupTypeOf(GroupedData::Kind kind) {
  switch (kind) {
    case GroupedData::Kind::kGroupBy:
      return Aggregate::GROUP_TYPE_GROUPBY;
    case GroupedData::Kind::kRollup:
      return Aggregate::GROUP_TYPE_ROLLUP;
    case GroupedData::Kind::kCube:
      return Aggregate::GROUP_TYPE_CUBE;
    case GroupedData::Kind::kPivot:
      break;
  }
  return Aggregate::GROUP_TYPE_PIVOT;
}

bool IsNumeric(const DataType& type) {
  using Kind = DataType::Kind;
  switch (type.kind()) {
    case Kind::kByte:
    case Kind::kShort:
    case Kind::kInteger:
    case Kind::kLong:
    case Kind::kFloat:
    case Kind::kDouble:
    case Kind::kDecimal:
      return true;
    default:
      return false;
  }
}

// Names that the schema does not have are left to the engine, which says what there is.
void CheckNumeric(const std::string& function, const std::vector<std::string>& columns,
                  const StructType& schema) {
  for (const StructField& field : schema.fields()) {
    const bool named = std::find(columns.begin(), columns.end(), field.name) != columns.end();
    if (!named || IsNumeric(field.dataType)) continue;
    client::ThrowIllegalArgument("NOT_NUMERIC_COLUMNS",
                                 function + "() of groups takes numeric columns; " + field.name +
                                     " is " + field.dataType.simpleString() +
                                     ". Use agg(functions::" + function + "(\"" + field.name +
                                     "\")) for other types.",
                                 {{"invalid_columns", field.name}});
  }
}

std::vector<Column> Plain(const std::vector<ColumnOrName>& columns) {
  return {columns.begin(), columns.end()};
}

}  // namespace

GroupedData DataFrame::groupBy(const std::vector<ColumnOrName>& columns) const {
  return GroupedData(*this, GroupedData::Kind::kGroupBy, Plain(columns));
}
GroupedData DataFrame::groupBy() const {
  return GroupedData(*this, GroupedData::Kind::kGroupBy, {});
}
GroupedData DataFrame::rollup(const std::vector<ColumnOrName>& columns) const {
  return GroupedData(*this, GroupedData::Kind::kRollup, Plain(columns));
}
GroupedData DataFrame::cube(const std::vector<ColumnOrName>& columns) const {
  return GroupedData(*this, GroupedData::Kind::kCube, Plain(columns));
}

DataFrame GroupedData::agg(const std::vector<Column>& aggregates) const {
  return client::Derive(input_, [self = *this, aggregates](const client::PlanNode& input,
                                                           client::messages::Relation* relation) {
    Aggregate* aggregate = relation->mutable_aggregate();
    client::WritePlan(input, aggregate->mutable_input());
    aggregate->set_group_type(GroupTypeOf(self.kind_));
    for (const Column& group : self.groups_) {
      client::WriteExpression(group, aggregate->add_grouping_expressions());
    }
    for (const Column& column : aggregates) {
      client::WriteExpression(column, aggregate->add_aggregate_expressions());
    }
    if (!self.pivot_.has_value()) return;
    client::WriteExpression(*self.pivot_, aggregate->mutable_pivot()->mutable_col());
    for (const Value& value : self.pivot_values_) {
      client::WriteLiteral(value, "pivot()", aggregate->mutable_pivot()->add_values());
    }
  });
}

DataFrame GroupedData::count() const {
  return agg(client::Call("count", {client::Literal(1)}).alias("count"));
}

DataFrame GroupedData::OfEach(const std::string& function, std::vector<std::string> columns) const {
  const StructType schema = input_.schema();
  if (columns.empty()) {
    for (const StructField& field : schema.fields()) {
      if (IsNumeric(field.dataType)) columns.push_back(field.name);
    }
  } else {
    CheckNumeric(function, columns, schema);
  }
  std::vector<Column> aggregates;
  for (const std::string& column : columns) {
    aggregates.push_back(client::Call(function, {ColumnOrName(column)}));
  }
  return agg(aggregates);
}

DataFrame GroupedData::sum(const std::vector<std::string>& columns) const {
  return OfEach("sum", columns);
}
DataFrame GroupedData::avg(const std::vector<std::string>& columns) const {
  return OfEach("avg", columns);
}
DataFrame GroupedData::min(const std::vector<std::string>& columns) const {
  return OfEach("min", columns);
}
DataFrame GroupedData::max(const std::vector<std::string>& columns) const {
  return OfEach("max", columns);
}

GroupedData GroupedData::pivot(const ColumnOrName& column, const std::vector<Value>& values) const {
  GroupedData pivoted = *this;
  pivoted.kind_ = Kind::kPivot;
  pivoted.pivot_ = column;
  pivoted.pivot_values_ = values;
  return pivoted;
}

}  // namespace headrace::inline v1
