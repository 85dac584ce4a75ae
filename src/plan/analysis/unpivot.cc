// unpivot(): for each row one row a value column, with the column's name and value.
#include <utility>

#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api.h>

#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/select_list.h"
#include "plan/tree_text.h"

namespace headrace {
namespace {

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

// How many rows come of each row, each with `width` values.
struct Shape {
  int64_t groups, width;
  bool keeps_nulls;  // also rows whose values are all null
};

bool AllNull(const Arrays& values, int64_t first, int64_t width, int64_t row) {
  for (int64_t i = 0; i < width; ++i) {
    if (values[first + i]->IsValid(row)) return false;
  }
  return true;
}

// `values`: the arrays of the first group, then those of the second, …
Status Interleave(const Arrays& values, const std::shared_ptr<arrow::Array>& names,
                  const Shape& shape, int64_t length, std::vector<int64_t>* parent_rows,
                  Arrays* columns) {
  arrow::Int64Builder name_positions, value_positions;
  ARROW_RETURN_NOT_OK(name_positions.Reserve(length * shape.groups));
  ARROW_RETURN_NOT_OK(value_positions.Reserve(length * shape.groups));
  for (int64_t row = 0; row < length; ++row) {
    for (int64_t group = 0; group < shape.groups; ++group) {
      if (!shape.keeps_nulls && AllNull(values, group * shape.width, shape.width, row)) continue;
      parent_rows->push_back(row);
      name_positions.UnsafeAppend(group);
      value_positions.UnsafeAppend(group * length + row);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto name_index, name_positions.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto value_index, value_positions.Finish());
  const auto options = arrow::compute::TakeOptions::NoBoundsCheck();
  ARROW_ASSIGN_OR_RAISE(columns->emplace_back(),
                        arrow::compute::Take(*names, *name_index, options));
  for (int64_t i = 0; i < shape.width; ++i) {
    Arrays of_column;
    for (int64_t group = 0; group < shape.groups; ++group) {
      of_column.push_back(values[group * shape.width + i]);
    }
    ARROW_ASSIGN_OR_RAISE(const auto all, arrow::Concatenate(of_column));
    ARROW_ASSIGN_OR_RAISE(columns->emplace_back(),
                          arrow::compute::Take(*all, *value_index, options));
  }
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

// The columns that come out of one, or of several that SQL names in brackets.
struct ValueGroup {
  std::vector<NamedExpression> columns;
  std::string name;
};

Result<std::vector<ValueGroup>> ResolveGroups(const std::vector<UnresolvedPtr>& expressions,
                                              size_t width, ExpressionResolver* resolver) {
  std::vector<ValueGroup> groups;
  for (const UnresolvedPtr& expression : expressions) {
    const bool aliased = width > 1 && expression->kind == UnresolvedKind::kAlias;
    const UnresolvedPtr& value = aliased ? expression->children[0] : expression;
    if (width == 1) {
      ARROW_ASSIGN_OR_RAISE(const auto columns, ResolveColumns({value}, resolver));
      for (const NamedExpression& column : columns) {
        groups.push_back({{column}, column.attribute.name});
      }
      continue;
    }
    ValueGroup& group = groups.emplace_back();
    ARROW_ASSIGN_OR_RAISE(group.columns, ResolveColumns(value->children, resolver));
    if (group.columns.size() != width) {
      return AnalysisError("UNPIVOT_VALUE_SIZE_MISMATCH", "UNPIVOT has " + std::to_string(width) +
                                                              " names of value columns, but " +
                                                              std::to_string(group.columns.size()) +
                                                              " columns in a group of IN.");
    }
    group.name =
        aliased ? expression->aliases[0]
                : JoinTexts(
                      group.columns,
                      [](const NamedExpression& column) { return column.attribute.name; }, "_");
  }
  return groups;
}

AttributeSet ColumnsIn(const std::vector<ValueGroup>& groups) {
  AttributeSet ids;
  for (const ValueGroup& group : groups) {
    for (const NamedExpression& column : group.columns) CollectReferences(column.expression, &ids);
  }
  return ids;
}

// The type of the columns at this place of all groups.
Result<DataTypePtr> SharedType(const std::vector<ValueGroup>& groups, size_t place, bool ansi) {
  DataTypePtr type = groups[0].columns[place].attribute.type;
  std::string types;
  for (const ValueGroup& group : groups) {
    const Attribute& column = group.columns[place].attribute;
    // Texts are not read as anything else.
    const bool reads_text = type && IsString(*type) != IsString(*column.type) &&
                            type->id() != arrow::Type::NA && column.type->id() != arrow::Type::NA;
    type = type && !reads_text ? CommonType(type, column.type, ansi) : nullptr;
    types += (types.empty() ? "\"" : ", \"") + SqlName(*column.type) + "\" (`" + column.name + "`)";
  }
  if (type) return type;
  return AnalysisError(
      "UNPIVOT_VALUE_DATA_TYPE_MISMATCH",
      "The columns that unpivot() turns into one have no common type: " + types + ". Cast them.",
      {{"types", "[" + types + "]"}});
}

}  // namespace

Result<Relation> RelationResolver::ResolveUnpivot(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  ARROW_ASSIGN_OR_RAISE(auto ids, ResolveColumns(plan.groupings, &resolver));
  const size_t width = plan.names.size() - 1;
  ARROW_ASSIGN_OR_RAISE(auto groups, ResolveGroups(plan.expressions, width, &resolver));
  if (plan.expressions.empty()) {
    for (const Attribute& attribute : child.output()) {
      if (!Contains(ids, attribute.id))
        groups.push_back({{PassThrough(attribute)}, attribute.name});
    }
  }
  if (plan.name == "REST") {  // SQL: the columns that it does not mention
    const AttributeSet mentioned = ColumnsIn(groups);
    for (const Attribute& attribute : child.output()) {
      if (!mentioned.contains(attribute.id)) ids.push_back(PassThrough(attribute));
    }
  }
  if (groups.empty()) {
    return AnalysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS",
                         "unpivot() has no column to turn into rows: every column is an id.");
  }
  std::vector<std::string> names;
  for (const ValueGroup& group : groups) names.push_back(group.name);
  std::vector<DataTypePtr> types;
  PendingGenerator pending;
  pending.generator.name = "unpivot";
  pending.generator.output = {arrow::field(plan.names[0], arrow::utf8(), false)};
  for (size_t i = 0; i < width; ++i) {
    ARROW_ASSIGN_OR_RAISE(types.emplace_back(), SharedType(groups, i, context_->bind.ansi));
    bool nullable = false;
    for (const ValueGroup& group : groups) nullable |= group.columns[i].attribute.nullable;
    pending.generator.output.push_back(arrow::field(plan.names[i + 1], types[i], nullable));
  }
  for (const ValueGroup& group : groups) {
    for (size_t i = 0; i < width; ++i) {
      ARROW_ASSIGN_OR_RAISE(
          pending.generator.arguments.emplace_back(),
          MakeCast(group.columns[i].expression, types[i], context_->bind.cast_options()));
    }
  }
  const Shape shape{std::ssize(groups), static_cast<int64_t>(width), plan.all};
  ARROW_ASSIGN_OR_RAISE(const auto name_array, TextArray(names));
  pending.generator.generate = [name_array, shape](const Arrays& arrays, int64_t length, bool,
                                                   std::vector<int64_t>* parent_rows,
                                                   Arrays* columns) {
    return Interleave(arrays, name_array, shape, length, parent_rows, columns);
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
