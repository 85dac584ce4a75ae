// unpivot(): for each row one row a value column, with the column's name and value.
#include <utility>

#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api.h>

#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/select_list.h"

namespace headrace {
namespace {

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

// Row r of column c is value r * columns + c of the output.
Status Interleave(const Arrays& values, const std::shared_ptr<arrow::Array>& names, int64_t length,
                  std::vector<int64_t>* parent_rows, Arrays* columns) {
  const int64_t count = static_cast<int64_t>(values.size());
  arrow::Int64Builder name_positions, value_positions;
  ARROW_RETURN_NOT_OK(name_positions.Reserve(length * count));
  ARROW_RETURN_NOT_OK(value_positions.Reserve(length * count));
  for (int64_t row = 0; row < length; ++row) {
    for (int64_t column = 0; column < count; ++column) {
      parent_rows->push_back(row);
      name_positions.UnsafeAppend(column);
      value_positions.UnsafeAppend(column * length + row);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto name_index, name_positions.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto value_index, value_positions.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto all_values, arrow::Concatenate(values));
  const auto options = arrow::compute::TakeOptions::NoBoundsCheck();
  ARROW_ASSIGN_OR_RAISE(auto variable, arrow::compute::Take(*names, *name_index, options));
  ARROW_ASSIGN_OR_RAISE(auto value, arrow::compute::Take(*all_values, *value_index, options));
  columns->push_back(std::move(variable));
  columns->push_back(std::move(value));
  return Status::OK();
}

Result<std::shared_ptr<arrow::Array>> TextArray(const std::vector<std::string>& texts) {
  arrow::StringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(texts));
  return builder.Finish();
}

bool Contains(const std::vector<NamedExpression>& columns, int64_t id) {
  for (const NamedExpression& column : columns) {
    if (column.attribute.id == id) return true;
  }
  return false;
}

Result<std::vector<NamedExpression>> ResolveColumns(const std::vector<UnresolvedPtr>& expressions,
                                                    ExpressionResolver* resolver) {
  std::vector<NamedExpression> columns;
  for (const UnresolvedPtr& expression : expressions) {
    if (expression->kind == UnresolvedKind::kStar || expression->kind == UnresolvedKind::kRegex) {
      ARROW_ASSIGN_OR_RAISE(auto expanded, resolver->Expand(*expression));
      columns.insert(columns.end(), expanded.begin(), expanded.end());
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver->Resolve(expression));
    columns.push_back(NameColumn(*expression, value, {&resolver->input()}));
  }
  return columns;
}

}  // namespace

Result<Relation> RelationResolver::ResolveUnpivot(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  ARROW_ASSIGN_OR_RAISE(auto ids, ResolveColumns(plan.groupings, &resolver));
  ARROW_ASSIGN_OR_RAISE(auto values, ResolveColumns(plan.expressions, &resolver));
  if (plan.expressions.empty()) {
    for (const Attribute& attribute : child.output()) {
      if (!Contains(ids, attribute.id)) values.push_back(PassThrough(attribute));
    }
  }
  if (values.empty()) {
    return AnalysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS",
                         "unpivot() has no column to turn into rows: every column is an id.");
  }
  DataTypePtr type = values[0].attribute.type;
  std::vector<std::string> names;
  bool nullable = false;
  for (const NamedExpression& value : values) {
    type = type ? CommonType(type, value.attribute.type, context_->bind.ansi) : nullptr;
    names.push_back(value.attribute.name);
    nullable |= value.attribute.nullable;
  }
  if (!type) {
    std::string types;
    for (const NamedExpression& value : values) {
      types += (types.empty() ? "\"" : ", \"") + SqlName(*value.attribute.type) + "\" (`" +
               value.attribute.name + "`)";
    }
    return AnalysisError(
        "UNPIVOT_VALUE_DATA_TYPE_MISMATCH",
        "The columns that unpivot() turns into one have no common type: " + types + ". Cast them.",
        {{"types", "[" + types + "]"}});
  }
  PendingGenerator pending;
  pending.generator.name = "unpivot";
  for (const NamedExpression& value : values) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr typed,
                          MakeCast(value.expression, type, context_->bind.cast_options()));
    pending.generator.arguments.push_back(std::move(typed));
  }
  pending.generator.output = {arrow::field(plan.names[0], arrow::utf8(), false),
                              arrow::field(plan.names[1], type, nullable)};
  ARROW_ASSIGN_OR_RAISE(const auto name_array, TextArray(names));
  pending.generator.generate = [name_array](const Arrays& arrays, int64_t length, bool,
                                            std::vector<int64_t>* parent_rows, Arrays* columns) {
    return Interleave(arrays, name_array, length, parent_rows, columns);
  };
  std::vector<NamedExpression> output = std::move(ids);
  for (const FieldPtr& field : pending.generator.output) {
    Attribute attribute;
    attribute.id = NextAttributeId();
    attribute.name = field->name();
    attribute.type = field->type();
    attribute.nullable = field->nullable();
    output.push_back(PassThrough(attribute));
    pending.attributes.push_back(std::move(attribute));
  }
  ResolvedPlanPtr generated =
      MakeGenerate(child.plan, std::move(pending.generator), std::move(pending.attributes));
  return Closed(MakeProject(std::move(generated), std::move(output)));
}

}  // namespace headrace
