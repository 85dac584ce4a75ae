// pivot(): aggregates for each value of a column, side by side.
//
// Of a table they are aggregates with a filter for each value. Of a stream they are what Spark
// makes of them, which decides whether the query may start: where the values are numbers, groups by
// the column too, and an aggregation over these that picks one for each value.
#include <algorithm>
#include <utility>

#include "plan/analysis/aggregate_resolution.h"
#include "plan/analysis/analysis_queries.h"
#include "plan/analysis/reach.h"
#include "plan/analysis/relation_resolver.h"

namespace headrace {
namespace {

constexpr char kPivotMaxValues[] = "spark.sql.pivotMaxValues";

// Is it a type of those whose values Spark picks from groups by the column?
bool IsPicked(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id()) || type.id() == arrow::Type::BOOL;
}

// first() and last() would find the rows of other values, which have nulls in Spark: they pass over
// nulls then.
UnresolvedPtr PassingOverNulls(const UnresolvedPtr& expression) {
  auto changed = std::make_shared<UnresolvedExpression>(*expression);
  for (UnresolvedPtr& child : changed->children) child = PassingOverNulls(child);
  if (changed->kind != UnresolvedKind::kFunction || changed->children.empty()) return changed;
  const std::string name = ToLower(changed->name);
  if (name == "first" || name == "first_value" || name == "last" || name == "last_value") {
    changed->children.resize(1);
    changed->ignore_nulls = true;
  }
  return changed;
}

// Of several columns a value has as many parts.
Status CheckPivotValue(const TypedExpression& value, const arrow::DataType& type) {
  const arrow::DataType& given = *value.expression->type();
  if (given.id() == arrow::Type::NA) return Status::OK();
  const bool rows = type.id() == arrow::Type::STRUCT;
  const bool fits = rows == (given.id() == arrow::Type::STRUCT) &&
                    (!rows || given.num_fields() == type.num_fields());
  if (fits) return Status::OK();
  return AnalysisError(
      "PIVOT_VALUE_DATA_TYPE_MISMATCH",
      "The pivot value " + value.text + " of type " + SqlName(given) +
          " is none of the columns' type " + SqlName(type) + ".",
      {{"value", value.text}, {"valueType", SqlName(given)}, {"pivotType", SqlName(type)}});
}

}  // namespace

struct AggregateResolution::PivotValue {
  ExpressionPtr literal;  // of the column's type
  std::string name;
};

Result<std::string> AggregateResolution::PivotName(const ExpressionPtr& value) const {
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr text,
                        MakeCast(value, arrow::utf8(), context_->bind.cast_options()));
  ARROW_ASSIGN_OR_RAISE(const auto name, Fold(*text));
  return name->is_valid ? name->ToString() : "null";
}

Result<std::vector<AggregateResolution::PivotValue>> AggregateResolution::FindPivotValues(
    const TypedExpression& column) {
  const DataTypePtr& type = column.expression->type();
  if (type->id() == arrow::Type::MAP) {
    return AnalysisError(
        "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
        "The column " + column.text +
            " of pivot() holds maps, whose distinct values cannot be found. Pivot "
            "by a value of the map.",
        {{"colName", "`" + column.text + "`"}, {"dataType", "\"" + SqlName(*type) + "\""}});
  }
  const AttributeSet used = ReferencesOf(column.expression);
  const Relation& child = scope_->child;
  const NamedExpression value = Computed(column.expression, column.text);
  ResolvedPlanPtr rows = AddMissing(child.plan, IdsIn(used, child.hidden), child.hidden);
  rows = MakeDistinct(MakeProject(std::move(rows), {value}));
  rows = MakeSort(std::move(rows), {{ToReference(value.attribute), true, true}}, /*global=*/true);
  const int64_t most = LimitOf(kPivotMaxValues, *context_);
  rows = MakeCounted(ResolvedKind::kLimit, std::move(rows), most + 1);
  ARROW_ASSIGN_OR_RAISE(const auto found, RowsOf(rows, *context_));
  if (found->num_rows() > most) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1324",
                         "The column " + column.text + " of pivot() has more than " +
                             std::to_string(most) +
                             " values, which would be as many columns. Give the values that you "
                             "want, or raise " +
                             kPivotMaxValues + ".",
                         {{"pivotColumn", column.text},
                          {"maxValues", std::to_string(most)},
                          {"maxValuesConf", kPivotMaxValues}});
  }
  std::vector<PivotValue> values;
  for (int64_t row = 0; row < found->num_rows(); ++row) {
    ARROW_ASSIGN_OR_RAISE(auto scalar, found->column(0)->GetScalar(row));
    PivotValue& each = values.emplace_back();
    each.literal = MakeLiteral(std::move(scalar));
    ARROW_ASSIGN_OR_RAISE(each.name, PivotName(each.literal));
  }
  return values;
}

Result<std::vector<AggregateResolution::PivotValue>> AggregateResolution::ResolvePivotValues(
    const TypedExpression& column) {
  if (plan_.pivot_values.empty()) return FindPivotValues(column);
  std::vector<PivotValue> values;
  for (const UnresolvedPtr& expression : plan_.pivot_values) {
    ARROW_ASSIGN_OR_RAISE(const TypedExpression resolved, resolver_.Resolve(expression));
    PivotValue& value = values.emplace_back();
    const DataTypePtr& type = column.expression->type();
    ARROW_RETURN_NOT_OK(CheckPivotValue(resolved, *type));
    ARROW_ASSIGN_OR_RAISE(value.literal,
                          MakeCast(resolved.expression, type, context_->bind.cast_options()));
    if (expression->kind == UnresolvedKind::kAlias) {
      value.name = expression->aliases[0];
    } else if (resolved.expression->foldable()) {
      const bool is_struct = type->id() == arrow::Type::STRUCT;
      ARROW_ASSIGN_OR_RAISE(value.name, PivotName(is_struct ? value.literal : resolved.expression));
    } else {
      value.name = OutputName(*expression, resolved.text);
    }
  }
  return values;
}

Status AggregateResolution::AddPivoted(const UnresolvedPtr& aggregate, const PivotValue& value,
                                       bool guarded) {
  ARROW_ASSIGN_OR_RAISE(const TypedExpression resolved,
                        resolver_.Resolve(guarded ? aggregate : PassingOverNulls(aggregate)));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr expression,
                        scope_->OverGroups(resolved.expression, resolved.text));
  if (guarded) {
    const auto one = std::make_shared<arrow::Int32Scalar>(1);
    ARROW_ASSIGN_OR_RAISE(const TypedExpression rows,
                          resolver_.Resolve(UnresolvedCall("count", {UnresolvedLiteral(one)})));
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr any,
        context_->functions->Call(
            ">", {rows.expression, MakeLiteral(arrow::MakeScalar(int64_t{0}))}, context_->bind));
    const DataTypePtr type = expression->type();
    expression = MakeCaseWhen({std::move(any), std::move(expression)}, type);
  }
  std::string name = value.name;
  if (plan_.expressions.size() > 1) name += "_" + OutputName(*aggregate, resolved.text);
  NamedExpression output = Computed(std::move(expression), std::move(name));
  select_list_.push_back(PassThrough(output.attribute));
  scope_->outputs.push_back(std::move(output));
  return Status::OK();
}

Result<Relation> AggregateResolution::ResolvePivot() {
  if (plan_.pivot_values.empty() && IsStreaming(*scope_->child.plan)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_3063",
                         "pivot() without a list of values is not supported on streaming "
                         "DataFrames/Datasets: the values are not known before the rows. Give "
                         "them: pivot(\"column\", [\"a\", \"b\"]).");
  }
  ARROW_ASSIGN_OR_RAISE(const TypedExpression column, resolver_.Resolve(plan_.pivot_column));
  ARROW_ASSIGN_OR_RAISE(const std::vector<PivotValue> values, ResolvePivotValues(column));

  const AggregateCollector nothing = scope_->collector;
  std::vector<TypedExpression> aggregates;
  bool picked = true;
  for (const UnresolvedPtr& expression : plan_.expressions) {
    ARROW_ASSIGN_OR_RAISE(aggregates.emplace_back(), resolver_.Resolve(expression));
    if (!ContainsAggregate(*expression, *context_->functions)) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1006",
                           "pivot() puts aggregates side by side, and " + aggregates.back().text +
                               " is none. Put it into one such as first().",
                           {{"sql", aggregates.back().text}});
    }
    picked &= IsPicked(*aggregates.back().expression->type());
  }
  const bool python = !scope_->collector.python_aggregates().empty();
  if (picked && !python && IsStreaming(*scope_->child.plan)) {
    return PivotGroups(column, values, std::move(aggregates));
  }

  scope_->collector = nothing;
  for (const PivotValue& value : values) {
    ARROW_ASSIGN_OR_RAISE(
        resolver_.aggregate_filter,
        context_->functions->Call("<=>", {column.expression, value.literal}, context_->bind));
    for (const UnresolvedPtr& aggregate : plan_.expressions) {
      ARROW_RETURN_NOT_OK(AddPivoted(aggregate, value, /*guarded=*/picked));
    }
  }
  resolver_.aggregate_filter = nullptr;
  return Finish();
}

Result<Relation> AggregateResolution::PivotGroups(const TypedExpression& column,
                                                  const std::vector<PivotValue>& values,
                                                  std::vector<TypedExpression> aggregates) {
  std::vector<NamedExpression>& groupings = scope_->groupings;
  const size_t keys = groupings.size();
  size_t pivot = 0;  // the column among the groupings
  while (pivot < keys && !SameExpression(*groupings[pivot].expression, *column.expression)) ++pivot;
  if (pivot == keys) ARROW_RETURN_NOT_OK(AddGrouping(plan_.pivot_column).status());
  const ExpressionPtr pivot_column = ToReference(groupings[pivot].attribute);

  std::vector<NamedExpression> outputs;
  for (const NamedExpression& grouping : groupings)
    outputs.push_back(PassThrough(grouping.attribute));
  for (const TypedExpression& aggregate : aggregates) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value,
                          scope_->OverGroups(aggregate.expression, aggregate.text));
    outputs.push_back(Computed(std::move(value), aggregate.text));
  }
  scope_->outputs = outputs;
  ARROW_ASSIGN_OR_RAISE(const Relation groups, Finish());

  const AggregateFunction& last = *context_->functions->FindAggregate("last");
  std::vector<NamedAggregate> picked;
  for (const PivotValue& value : values) {
    ARROW_ASSIGN_OR_RAISE(
        const ExpressionPtr matches,
        context_->functions->Call("<=>", {pivot_column, value.literal}, context_->bind));
    for (size_t i = 0; i < aggregates.size(); ++i) {
      std::string name = value.name;
      if (aggregates.size() > 1)
        name += "_" + OutputName(*plan_.expressions[i], aggregates[i].text);
      const Attribute& group = outputs[outputs.size() - aggregates.size() + i].attribute;
      NamedAggregate& pick = picked.emplace_back();
      pick.filter = matches;
      pick.attribute = Computed(ToReference(group), std::move(name)).attribute;
      pick.attribute.nullable = true;
      // A group that comes again, in update mode, replaces what it was before.
      ARROW_ASSIGN_OR_RAISE(
          pick.aggregate,
          last.bind({ToReference(group), MakeLiteral(std::make_shared<arrow::BooleanScalar>(true))},
                    context_->bind));
    }
  }
  outputs.resize(keys);
  std::vector<Attribute> kept;
  for (const NamedExpression& output : outputs) kept.push_back(output.attribute);
  return Closed(MakeAggregate(groups.plan, PassThrough(kept), std::move(picked)));
}

}  // namespace headrace
