// DataFrame.stat: each statistic is rewritten into relations that there are.
#include <cmath>
#include <utility>

#include "plan/analysis/relation_resolver.h"
#include "types/value_text.h"

namespace headrace {
namespace {

UnresolvedPtr TextLiteral(const std::string& text) {
  return UnresolvedLiteral(std::make_shared<arrow::StringScalar>(text));
}
UnresolvedPtr DoubleLiteral(double value) { return UnresolvedLiteral(arrow::MakeScalar(value)); }

Result<UnresolvedPtr> ColumnCalled(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto parts, ParseNameParts(name));
  return UnresolvedAttribute(std::move(parts));
}

// What `column` is over the relation.
Result<ExpressionPtr> ColumnOver(const UnresolvedPtr& column, const Relation& relation,
                                 const AnalyzerContext& context) {
  ExpressionResolver resolver(&context, {&relation});
  ARROW_ASSIGN_OR_RAISE(TypedExpression resolved, resolver.Resolve(column));
  return std::move(resolved.expression);
}

// The column as doubles; `purpose` is what others than numbers are refused for.
Result<UnresolvedPtr> NumberColumn(const std::string& name, const std::string& purpose,
                                   const Relation& relation, const AnalyzerContext& context) {
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr column, ColumnCalled(name));
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr resolved, ColumnOver(column, relation, context));
  if (!IsNumeric(*resolved->type())) {
    return IllegalArgument("", purpose + " is of numbers, and the column " + name + " is " +
                                   SqlName(*resolved->type()) + ". Cast it first.");
  }
  return UnresolvedCast(std::move(column), arrow::float64(), /*try_cast=*/false);
}

// One row of aggregates over all rows.
std::shared_ptr<LogicalPlan> AggregateAll(const LogicalPlan& plan) {
  auto aggregate = NewLogicalPlan(LogicalKind::kAggregate, plan.children);
  aggregate->select_list = true;
  return aggregate;
}

std::string NumberText(double value) {
  std::string text;
  AppendDouble(value, &text);
  return text;
}

// "null" for a null.
UnresolvedPtr NullAsText(const UnresolvedPtr& value, UnresolvedPtr text) {
  return UnresolvedCall("when",
                        {UnresolvedCall("isnull", {value}), TextLiteral("null"), std::move(text)});
}

}  // namespace

Result<Relation> RelationResolver::ResolveStatistic(const LogicalPlan& plan) {
  if (plan.name == "describe" || plan.name == "summary") return ResolveDescribe(plan);
  if (plan.name == "transpose") return ResolveTranspose(plan);
  LogicalPlanPtr rewritten;
  if (plan.name == "cov" || plan.name == "corr") {
    ARROW_ASSIGN_OR_RAISE(rewritten, Comoment(plan));
  } else if (plan.name == "approxQuantile") {
    ARROW_ASSIGN_OR_RAISE(rewritten, ApproximateQuantiles(plan));
  } else if (plan.name == "crosstab") {
    ARROW_ASSIGN_OR_RAISE(rewritten, CrossTable(plan));
  } else if (plan.name == "freqItems") {
    ARROW_ASSIGN_OR_RAISE(rewritten, FrequentItems(plan));
  } else {
    ARROW_ASSIGN_OR_RAISE(rewritten, SampleByGroup(plan));
  }
  return ResolveOperator(rewritten);
}

// Covariance and correlation take nulls for zero.
Result<LogicalPlanPtr> RelationResolver::Comoment(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const Relation child, Preview(plan.children[0]));
  std::vector<UnresolvedPtr> arguments;
  for (const std::string& name : plan.names) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr number,
                          NumberColumn(name, plan.name + "()", child, *context_));
    arguments.push_back(UnresolvedCall("coalesce", {std::move(number), DoubleLiteral(0)}));
  }
  const bool covariance = plan.name == "cov";
  const UnresolvedPtr value =
      UnresolvedCall(covariance ? "covar_samp" : "corr", std::move(arguments));
  // Too few rows have no value.
  const UnresolvedPtr none = DoubleLiteral(covariance ? 0 : std::nan(""));
  auto aggregate = AggregateAll(plan);
  aggregate->expressions = {UnresolvedAlias(
      UnresolvedCall("when", {UnresolvedCall("isnull", {value}), none, value}), {plan.name})};
  return aggregate;
}

// An array of the columns' arrays. The percentiles' accuracy is a whole number: the error is at
// most the one that was asked for. Neither nulls nor NaN count.
Result<LogicalPlanPtr> RelationResolver::ApproximateQuantiles(const LogicalPlan& plan) {
  const double error = plan.lower;
  if (!(error >= 0)) {
    return IllegalArgument("", "The relative error of approxQuantile() is not negative, but " +
                                   NumberText(error) + " was given.");
  }
  for (const UnresolvedPtr& probability : plan.expressions) {
    const double value = static_cast<const arrow::DoubleScalar&>(*probability->literal).value;
    if (value >= 0 && value <= 1) continue;
    return IllegalArgument("", "The probabilities of approxQuantile() are from 0 to 1, but " +
                                   NumberText(value) + " was given.");
  }
  constexpr double kMostAccurate = 2147483647;
  const auto accuracy =
      static_cast<int32_t>(error >= 1 ? 1 : std::fmin(std::ceil(1 / error), kMostAccurate));

  ARROW_ASSIGN_OR_RAISE(const Relation child, Preview(plan.children[0]));
  const DataTypePtr quantiles = ArrayOf(arrow::float64(), true);
  const UnresolvedPtr none = UnresolvedCast(UnresolvedCall("array", {}), quantiles, false);
  std::vector<UnresolvedPtr> columns;
  for (const std::string& name : plan.names) {
    ARROW_ASSIGN_OR_RAISE(const UnresolvedPtr number,
                          NumberColumn(name, "approxQuantile()", child, *context_));
    if (plan.expressions.empty()) {
      columns.push_back(none);
      continue;
    }
    auto percentiles = std::make_shared<UnresolvedExpression>(
        *UnresolvedCall("percentile_approx", {number, UnresolvedCall("array", plan.expressions),
                                              UnresolvedLiteral(arrow::MakeScalar(accuracy))}));
    percentiles->filter = UnresolvedCall("not", {UnresolvedCall("isnan", {number})});
    columns.push_back(UnresolvedCall(
        "coalesce", {UnresolvedCast(std::move(percentiles), quantiles, false), none}));
  }
  const bool aggregates = !columns.empty() && !plan.expressions.empty();
  auto row = aggregates ? AggregateAll(plan) : NewLogicalPlan(LogicalKind::kProject);
  row->expressions = {UnresolvedAlias(
      UnresolvedCast(UnresolvedCall("array", std::move(columns)), ArrayOf(quantiles, true), false),
      {"approx_quantile"})};
  return row;
}

// Counts for each pair of values: a pivot. Column names have no backticks.
Result<LogicalPlanPtr> RelationResolver::CrossTable(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const UnresolvedPtr row, ColumnCalled(plan.names[0]));
  ARROW_ASSIGN_OR_RAISE(const UnresolvedPtr column, ColumnCalled(plan.names[1]));
  auto pivot = NewLogicalPlan(LogicalKind::kAggregate, plan.children);
  pivot->group_type = GroupType::kPivot;
  pivot->groupings = {UnresolvedAlias(NullAsText(row, UnresolvedCast(row, arrow::utf8(), false)),
                                      {plan.names[0] + "_" + plan.names[1]})};
  pivot->pivot_column = NullAsText(
      column, UnresolvedCall("regexp_replace", {UnresolvedCast(column, arrow::utf8(), false),
                                                TextLiteral("`"), TextLiteral("")}));
  pivot->expressions = {
      UnresolvedCall("count", {UnresolvedLiteral(arrow::MakeScalar(int32_t{1}))})};
  auto filled = NewLogicalPlan(LogicalKind::kFillNa, {std::move(pivot)});
  filled->expressions = {UnresolvedLiteral(arrow::MakeScalar(int64_t{0}))};
  return filled;
}

// For each column the values that are most frequent, as many as may reach the support: exact, where
// Spark also gives values that are not.
Result<LogicalPlanPtr> RelationResolver::FrequentItems(const LogicalPlan& plan) {
  const double support = plan.lower;
  if (!(support >= 1e-4 && support <= 1)) {
    return IllegalArgument("", "The support of freqItems() is from 1e-4 to 1, but " +
                                   NumberText(support) + " was given.");
  }
  ARROW_ASSIGN_OR_RAISE(const Relation child, Preview(plan.children[0]));
  LogicalPlanPtr row;
  for (const std::string& name : plan.names) {
    ARROW_ASSIGN_OR_RAISE(const UnresolvedPtr column, ColumnCalled(name));
    ARROW_ASSIGN_OR_RAISE(const ExpressionPtr resolved, ColumnOver(column, child, *context_));
    const DataTypePtr list = ArrayOf(resolved->type(), resolved->nullable());
    const UnresolvedPtr item = UnresolvedAttribute({"item"});
    auto counts = NewLogicalPlan(LogicalKind::kAggregate, plan.children);
    counts->select_list = true;
    counts->groupings = {column};
    counts->expressions = {
        UnresolvedAlias(column, {"item"}),
        UnresolvedAlias(UnresolvedCall("count", {UnresolvedLiteral(arrow::MakeScalar(int32_t{1}))}),
                        {"rows"})};
    auto sorted = NewLogicalPlan(LogicalKind::kSort, {std::move(counts)});
    sorted->expressions = {UnresolvedSortOrder(UnresolvedAttribute({"rows"}), false, false)};
    auto most = NewLogicalPlan(LogicalKind::kLimit, {std::move(sorted)});
    most->number = static_cast<int64_t>(1 / support);
    // Within arrays, so that null is collected too.
    UnresolvedPtr items = UnresolvedCall(
        "flatten", {UnresolvedCall("collect_list", {UnresolvedCall("array", {item})})});
    auto collected = NewLogicalPlan(LogicalKind::kAggregate, {std::move(most)});
    collected->select_list = true;
    collected->expressions = {
        UnresolvedAlias(UnresolvedCast(std::move(items), list, false), {name + "_freqItems"})};
    if (row == nullptr) {
      row = collected;
      continue;
    }
    auto joined = NewLogicalPlan(LogicalKind::kJoin, {std::move(row), std::move(collected)});
    joined->join_type = JoinType::kCross;
    row = joined;
  }
  return row == nullptr ? NewLogicalPlan(LogicalKind::kProject) : row;
}

// Rows pass by a random number below their group's fraction; groups that are not named have none.
Result<LogicalPlanPtr> RelationResolver::SampleByGroup(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const Relation child, Preview(plan.children[0]));
  const UnresolvedPtr& column = plan.groupings[0];
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr resolved, ColumnOver(column, child, *context_));
  std::vector<UnresolvedPtr> fractions;
  for (size_t i = 0; i + 1 < plan.expressions.size(); i += 2) {
    const UnresolvedPtr& group = plan.expressions[i];
    const UnresolvedPtr& fraction = plan.expressions[i + 1];
    const double value = static_cast<const arrow::DoubleScalar&>(*fraction->literal).value;
    if (!(value >= 0 && value <= 1)) {
      return IllegalArgument("", "The fractions of sampleBy() are from 0 to 1, but " +
                                     NumberText(value) + " was given.");
    }
    // A text is never equal to a number.
    if (IsString(*resolved->type()) != IsString(*group->literal->type)) continue;
    fractions.push_back(UnresolvedCall("<=>", {column, group}));
    fractions.push_back(fraction);
  }
  fractions.push_back(DoubleLiteral(0));
  auto filter = NewLogicalPlan(LogicalKind::kFilter, plan.children);
  filter->expressions = {UnresolvedCall(
      "<", {UnresolvedCall("rand", {UnresolvedLiteral(arrow::MakeScalar(plan.seed))}),
            fractions.size() == 1 ? fractions[0] : UnresolvedCall("when", std::move(fractions))})};
  return filter;
}

}  // namespace headrace
