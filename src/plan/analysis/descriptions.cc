// describe() and summary(): one aggregation, then one row a statistic.
#include <utility>

#include "expression/number_parse.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"

namespace headrace {
namespace {

UnresolvedPtr Text(const std::string& value) {
  return UnresolvedLiteral(std::make_shared<arrow::StringScalar>(value));
}

Status UnrecognizedStatistic(const std::string& name) {
  return MakeError(
      ErrorKind::kIllegalArgument, "UNRECOGNIZED_STATISTIC",
      "There is no statistic '" + name +
          "' in summary(): there are count, count_distinct, approx_count_distinct, mean, stddev, "
          "min, max and percentiles such as '25%'.",
      {{"stats", "'" + name + "'"}});
}

bool IsPercentile(const std::string& statistic) { return statistic.ends_with('%'); }

// "25%": 0.25
Result<double> PercentageOf(const std::string& statistic) {
  double percents = 0;
  if (!ParseFloating(std::string_view(statistic).substr(0, statistic.size() - 1), &percents)) {
    return UnrecognizedStatistic(statistic);
  }
  const double percentage = percents / 100;
  if (percentage >= 0 && percentage <= 1) return percentage;
  return IllegalArgument(
      "", "The percentile '" + statistic + "' of summary() is not between 0% and 100%.");
}

// The statistic of a column as text. Words that are no numbers have no mean. `percentages`: those
// of all percentiles, computed at once; `next` counts the ones that were asked for.
Result<UnresolvedPtr> Statistic(const std::string& name, const UnresolvedPtr& column, bool is_text,
                                const std::vector<UnresolvedPtr>& percentages, int32_t next) {
  const UnresolvedPtr number =
      is_text ? UnresolvedCast(column, arrow::float64(), /*try_cast=*/true) : column;
  UnresolvedPtr value;
  if (name == "count" || name == "min" || name == "max") {
    value = UnresolvedCall(name, {column});
  } else if (name == "mean" || name == "stddev") {
    value = UnresolvedCall(name == "mean" ? "avg" : name, {number});
  } else if (name == "count_distinct") {
    value = UnresolvedCall("count", {column}, /*distinct=*/true);
  } else if (name == "approx_count_distinct") {
    value = UnresolvedCall(name, {column});
  } else if (IsPercentile(name)) {
    auto percentile = std::make_shared<UnresolvedExpression>();
    percentile->kind = UnresolvedKind::kExtractValue;
    percentile->children = {
        UnresolvedCall("percentile_approx", {number, UnresolvedCall("array", percentages)}),
        UnresolvedLiteral(arrow::MakeScalar(next))};
    value = std::move(percentile);
  } else {
    return UnrecognizedStatistic(name);
  }
  return UnresolvedCast(std::move(value), arrow::utf8(), /*try_cast=*/false);
}

bool IsDescribed(const DataType& type) { return IsNumeric(type) || IsString(type); }

}  // namespace

Result<Relation> RelationResolver::ResolveDescribe(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const Relation child, Preview(plan.children[0]));
  const bool summary = plan.name == "summary";
  const std::vector<std::string> statistics =
      summary && !plan.names.empty() ? plan.names
      : summary
          ? std::vector<std::string>{"count", "mean", "stddev", "min", "25%", "50%", "75%", "max"}
          : std::vector<std::string>{"count", "mean", "stddev", "min", "max"};
  std::vector<Attribute> columns;
  if (!summary && !plan.names.empty()) {
    ARROW_ASSIGN_OR_RAISE(columns, ColumnsNamed(plan.names, child.output()));
  } else {
    for (const Attribute& column : child.output()) {
      if (IsDescribed(*column.type)) columns.push_back(column);
    }
  }
  auto aggregate = NewLogicalPlan(LogicalKind::kAggregate, plan.children);
  aggregate->select_list = true;
  std::vector<UnresolvedPtr> cells = {
      UnresolvedLiteral(arrow::MakeScalar(static_cast<int32_t>(statistics.size())))};
  std::vector<std::string> names = {"summary"};
  for (const Attribute& column : columns) names.push_back(column.name);
  std::vector<UnresolvedPtr> percentages;
  for (const std::string& statistic : statistics) {
    if (!IsPercentile(statistic)) continue;
    ARROW_ASSIGN_OR_RAISE(const double percentage, PercentageOf(statistic));
    percentages.push_back(UnresolvedLiteral(arrow::MakeScalar(percentage)));
  }
  int32_t percentile = 0;
  for (const std::string& statistic : statistics) {
    // In Spark's schema it may be null.
    cells.push_back(UnresolvedCall(
        "when",
        {UnresolvedLiteral(std::make_shared<arrow::BooleanScalar>(true)), Text(statistic)}));
    const int32_t position = IsPercentile(statistic) ? percentile++ : 0;
    for (const Attribute& column : columns) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value,
                            Statistic(statistic, UnresolvedAttribute({column.name}),
                                      IsString(*column.type), percentages, position));
      const std::string cell = "cell" + std::to_string(cells.size());
      aggregate->expressions.push_back(UnresolvedAlias(std::move(value), {cell}));
      cells.push_back(UnresolvedAttribute({cell}));
    }
  }
  // Without columns the statistics' names stand alone.
  if (columns.empty()) {
    aggregate->expressions.push_back(
        UnresolvedAlias(UnresolvedCall("count", {Text("")}), {"cell"}));
  }
  auto rows = NewLogicalPlan(LogicalKind::kProject, {aggregate});
  rows->expressions = {UnresolvedAlias(UnresolvedCall("stack", std::move(cells)), names)};
  ARROW_ASSIGN_OR_RAISE(Relation described, Resolve(rows));
  return Closed(described.plan);
}

}  // namespace headrace
