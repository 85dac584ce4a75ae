// Operators that pass their input's columns on: filter, sort, limit, sample, dedup, watermark.
#include <utility>

#include "base/time_units.h"
#include "plan/analysis/aggregate_resolution.h"
#include "plan/analysis/reach.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/analysis/subqueries.h"
#include "plan/tree_text.h"
#include "types/time.h"

namespace headrace {
namespace {

constexpr int64_t kDaysPerMonth = 31;  // of a watermark's delay

// Projects the hidden columns away again.
ResolvedPlanPtr OnlyColumns(ResolvedPlanPtr plan, const std::vector<Attribute>& columns) {
  if (plan->output.size() == columns.size()) return plan;
  return MakeProject(std::move(plan), PassThrough(columns));
}

// The 1-based position that a top-level integer literal in ORDER BY means.
std::optional<int32_t> Ordinal(const UnresolvedExpression& expression) {
  if (expression.kind != UnresolvedKind::kLiteral || !expression.literal->is_valid ||
      expression.literal->type->id() != arrow::Type::INT32) {
    return std::nullopt;
  }
  return static_cast<const arrow::Int32Scalar&>(*expression.literal).value;
}

// ORDER BY ALL is by each column in turn.
std::vector<UnresolvedPtr> OrdersOf(const LogicalPlan& sort, size_t columns) {
  if (sort.name != "ALL") return sort.expressions;
  std::vector<UnresolvedPtr> orders;
  for (size_t i = 1; i <= columns; ++i) {
    auto order = std::make_shared<UnresolvedExpression>(*sort.expressions[0]);
    order->children = {
        UnresolvedLiteral(std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(i)))};
    orders.push_back(std::move(order));
  }
  return orders;
}

// INVALID_WHERE_CONDITION with the whole condition and its aggregates.
Status AggregateInCondition(const UnresolvedPtr& condition, ExpressionResolver* resolver) {
  AggregateCollector collector;
  resolver->aggregates = &collector;
  ARROW_ASSIGN_OR_RAISE(const TypedExpression resolved, resolver->Resolve(condition));
  const std::string aggregates =
      JoinTexts(collector.aggregates(), [](const NamedAggregate& a) { return a.attribute.name; });
  return AnalysisError(
      "INVALID_WHERE_CONDITION",
      "A filter looks at one row, so its condition \"" + resolved.text +
          "\" cannot hold the aggregate function " + aggregates +
          ". Filter after the aggregation (HAVING), or aggregate first.",
      {{"condition", "\"" + resolved.text + "\""}, {"expressionList", aggregates}});
}

Status CheckOrderable(const SortOrder& order, const std::string& text) {
  if (order.expression->type()->id() != arrow::Type::MAP) return Status::OK();
  return AnalysisError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                       "Maps have no order, so rows cannot be sorted by \"" + text + "\".",
                       {{"sqlExpr", "\"" + text + (order.ascending ? " ASC" : " DESC") +
                                        (order.nulls_first ? " NULLS FIRST\"" : " NULLS LAST\"")},
                        {"functionName", "`sortorder`"},
                        {"dataType", "\"" + SqlName(*order.expression->type()) + "\""}});
}

}  // namespace

Result<Relation> RelationResolver::ResolveFilter(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  const auto below = ReachableBelow(child);
  resolver.below = &below;
  resolver.window_clause = "WHERE";
  if (ContainsAggregate(*plan.expressions[0], *context_->functions)) {
    if (child.aggregate) return FilterGroups(*child.aggregate, plan.expressions[0], *context_);
    return AggregateInCondition(plan.expressions[0], &resolver);
  }
  TimeColumns time_columns(context_);
  resolver.time_columns = &time_columns;
  Subqueries subqueries(context_, {&child});
  resolver.subqueries = &subqueries;
  ARROW_ASSIGN_OR_RAISE(const UnresolvedPtr rest,
                        subqueries.TakeConjuncts(plan.expressions[0], &resolver));
  TypedExpression condition;
  if (rest) {
    ARROW_ASSIGN_OR_RAISE(condition, resolver.Resolve(rest));
    ARROW_RETURN_NOT_OK(CheckCondition(condition));
  }
  AttributeSet used = time_columns.references();
  CollectReferences(condition.expression, &used);
  used.merge(ReferencesOf(subqueries.joins()));
  ResolvedPlanPtr input = subqueries.Apply(AddMissing(child.plan, used, child.hidden));
  ARROW_ASSIGN_OR_RAISE(input, time_columns.Apply(std::move(input)));
  if (rest) input = MakeFilter(std::move(input), condition.expression);
  return Passing(child, OnlyColumns(std::move(input), child.output()));
}

Result<Relation> RelationResolver::ResolveSort(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  const std::vector<Attribute> output = child.output();
  const auto below = ReachableBelow(child);
  ExpressionResolver resolver(context_, {&child});
  resolver.below = &below;
  TimeColumns time_columns(context_);
  resolver.time_columns = &time_columns;
  constexpr Subqueries::Rules kOfSorts{false, false, false};
  Subqueries subqueries(context_, {&child}, kOfSorts);
  resolver.subqueries = &subqueries;
  std::optional<AggregateScope> scope;  // set when ORDER BY reaches into an aggregate
  std::vector<NamedExpression> hidden;
  AttributeSet used;
  std::vector<SortOrder> orders;
  for (const UnresolvedPtr& expression : OrdersOf(plan, output.size())) {
    const bool explicit_order = expression->kind == UnresolvedKind::kSortOrder;
    const UnresolvedPtr& value = explicit_order ? expression->children[0] : expression;
    SortOrder order;
    if (explicit_order) {
      order.ascending = expression->ascending;
      order.nulls_first = expression->nulls_first;
    }
    TypedExpression resolved;
    if (const auto ordinal = Ordinal(*value)) {
      if (*ordinal < 1 || *ordinal > static_cast<int32_t>(output.size())) {
        return AnalysisError(
            "ORDER_BY_POS_OUT_OF_RANGE",
            "ORDER BY position " + std::to_string(*ordinal) +
                " is not in the select list, which has " + std::to_string(output.size()) +
                " columns.",
            {{"index", std::to_string(*ordinal)}, {"size", std::to_string(output.size())}});
      }
      resolved = {ToReference(output[*ordinal - 1]), output[*ordinal - 1].name};
    } else {
      const bool aggregated = ContainsAggregate(*value, *context_->functions);
      Result<TypedExpression> plain =
          aggregated && child.aggregate ? Status::Invalid("aggregated") : resolver.Resolve(value);
      if (plain.ok()) {
        resolved = *plain;
      } else if (child.aggregate && (aggregated || IsUnresolvedColumn(plain.status()))) {
        if (!scope) scope = *child.aggregate;
        ExpressionResolver inner(context_, {&scope->child});
        inner.aggregates = &scope->collector;
        inner.preferred = &scope->outputs;
        inner.AlsoSee(scope->time_columns);
        Subqueries of_groups(context_, {&scope->child}, kOfSorts);
        inner.subqueries = &of_groups;
        Result<TypedExpression> reached = inner.Resolve(value);
        if (!reached.ok()) return aggregated ? reached.status() : plain.status();
        resolved = *reached;
        ARROW_RETURN_NOT_OK(scope->AddJoins(of_groups.TakeJoins()));
        ARROW_ASSIGN_OR_RAISE(resolved.expression,
                              scope->OverGroups(resolved.expression, resolved.text));
        hidden.push_back(Computed(resolved.expression, resolved.text));
        resolved.expression = ToReference(hidden.back().attribute);
      } else {
        return plain.status();
      }
    }
    order.expression = resolved.expression;
    ARROW_RETURN_NOT_OK(CheckOrderable(order, resolved.text));
    CollectReferences(order.expression, &used);
    orders.push_back(std::move(order));
  }
  ResolvedPlanPtr input = scope ? scope->Build(hidden) : child.plan;
  used.merge(time_columns.references());
  input = subqueries.Apply(AddMissing(input, used, child.hidden));
  ARROW_ASSIGN_OR_RAISE(input, time_columns.Apply(std::move(input)));
  ResolvedPlanPtr sorted = MakeSort(std::move(input), std::move(orders), plan.global);
  return Passing(child, OnlyColumns(std::move(sorted), output));
}

Result<Relation> RelationResolver::ResolveCounted(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ResolvedKind kind = ResolvedKind::kLimit;
  std::string name = "limit";
  if (plan.kind == LogicalKind::kOffset) kind = ResolvedKind::kOffset, name = "offset";
  if (plan.kind == LogicalKind::kTail) kind = ResolvedKind::kTail, name = "tail";
  if (plan.number < 0) {
    return AnalysisError(
        "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
        "The " + name + " must not be negative, but it is " + std::to_string(plan.number) + ".",
        {{"name", name},
         {"v", std::to_string(plan.number)},
         {"expr", "\"" + std::to_string(plan.number) + "\""}});
  }
  return Passing(child, MakeCounted(kind, child.plan, plan.number));
}

Result<Relation> RelationResolver::ResolveSample(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  auto sample = std::make_shared<ResolvedPlan>();
  sample->kind = ResolvedKind::kSample;
  sample->children = {child.plan};
  sample->output = child.output();
  sample->lower = plan.lower;
  sample->upper = plan.upper;
  sample->with_replacement = plan.with_replacement;
  sample->seed = plan.seed;
  return Passing(child, std::move(sample));
}

Result<Relation> RelationResolver::ResolveDeduplicate(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  if (EqualsIgnoreCase(plan.name, "DISTINCT")) return Closed(MakeDistinct(child.plan));
  std::vector<int64_t> keys;
  for (const std::string& name : plan.names) {
    bool found = false;
    for (const Attribute& attribute : child.output()) {
      if (!SameName(attribute.name, name, context_->case_sensitive)) continue;
      keys.push_back(attribute.id);
      found = true;
    }
    if (!found) return ColumnNotAmong(name, child.output());
  }
  if (plan.names.empty()) {
    for (const Attribute& attribute : child.output()) keys.push_back(attribute.id);
  }
  return Closed(MakeDeduplicate(child.plan, std::move(keys), plan.within_watermark));
}

Result<Relation> RelationResolver::ResolveWatermark(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ARROW_ASSIGN_OR_RAISE(const CalendarInterval delay, ParseInterval(plan.delay));
  const int64_t delay_us =
      (delay.months * kDaysPerMonth + delay.days) * kMicrosPerDay + delay.microseconds;
  if (delay_us < 0) {
    return IllegalArgument(
        "", "requirement failed: delay threshold (" + plan.delay + ") should not be negative.");
  }
  // There is no lateness in a table; Spark does not even look at the column.
  if (!IsStreaming(*child.plan)) return Passing(child, child.plan);
  ARROW_ASSIGN_OR_RAISE(const auto parts, ParseNameParts(plan.name));
  ExpressionResolver resolver(context_, {&child});
  ARROW_ASSIGN_OR_RAISE(TypedExpression column, resolver.Resolve(UnresolvedAttribute(parts)));
  const auto* reference = dynamic_cast<const AttributeReference*>(column.expression.get());
  const Attribute* event_time =
      reference ? FindAttribute(child.output(), reference->id()) : nullptr;
  const DataType& type = *column.expression->type();
  if (!event_time || (type.id() != arrow::Type::TIMESTAMP && !event_time->is_window)) {
    return AnalysisError(
        "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
        "The event time " + QuotedName(parts) + " is " + SqlName(type) +
            ", but withWatermark() takes a top-level column of type TIMESTAMP or "
            "TIMESTAMP_NTZ. Convert it first, for example with to_timestamp().",
        {{"eventName", "\"" + plan.name + "\""}, {"eventType", "\"" + SqlName(type) + "\""}});
  }
  return Passing(child, MakeWatermark(child.plan, event_time->id, delay_us));
}

}  // namespace headrace
