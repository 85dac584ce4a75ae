#include "plan/analysis/aggregate_resolution.h"

#include <algorithm>
#include <utility>

#include "plan/analysis/outer_reference.h"
#include "plan/analysis/reach.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/python_operation.h"

namespace headrace {
namespace {

// The select-list expression that a grouping means when it is a position in the list.
Result<UnresolvedPtr> GroupingByPosition(int32_t position,
                                         const std::vector<UnresolvedPtr>& select_list) {
  if (position < 1 || position > static_cast<int32_t>(select_list.size())) {
    return AnalysisError(
        "GROUP_BY_POS_OUT_OF_RANGE",
        "GROUP BY position " + std::to_string(position) + " is not in the select list, which has " +
            std::to_string(select_list.size()) + " columns.",
        {{"index", std::to_string(position)}, {"size", std::to_string(select_list.size())}});
  }
  const UnresolvedPtr& chosen = select_list[position - 1];
  return chosen->kind == UnresolvedKind::kAlias ? chosen->children[0] : chosen;
}

std::optional<int32_t> Position(const UnresolvedExpression& grouping) {
  if (grouping.kind != UnresolvedKind::kLiteral || !grouping.literal->is_valid ||
      grouping.literal->type->id() != arrow::Type::INT32) {
    return std::nullopt;
  }
  return static_cast<const arrow::Int32Scalar&>(*grouping.literal).value;
}

UnresolvedPtr SelectedAs(const UnresolvedExpression& grouping,
                         const std::vector<UnresolvedPtr>& select_list, bool case_sensitive) {
  if (grouping.kind != UnresolvedKind::kAttribute || grouping.name_parts.size() != 1) {
    return nullptr;
  }
  for (const UnresolvedPtr& selected : select_list) {
    if (selected->kind == UnresolvedKind::kAlias &&
        SameName(selected->aliases[0], grouping.name_parts[0], case_sensitive)) {
      return selected->children[0];
    }
  }
  return nullptr;
}

Status CheckGroupable(const TypedExpression& grouping) {
  if (grouping.expression->type()->id() != arrow::Type::MAP) return Status::OK();
  return NotSupported("grouping by the map \"" + grouping.text + "\"",
                      "Group by map_entries() sorted, or by a value of the map.");
}

Status GroupByAggregate(const std::string& text) {
  return AnalysisError(
      "GROUP_BY_AGGREGATE",
      "Groups are made before aggregates are computed, so GROUP BY cannot hold " + text + ".",
      {{"sqlExpr", text}});
}

}  // namespace

AggregateResolution::AggregateResolution(const AnalyzerContext* context, const LogicalPlan* plan,
                                         Relation child)
    : context_(context),
      plan_(*plan),
      scope_(std::make_shared<AggregateScope>()),
      time_columns_(context),
      resolver_(context, {&child}),
      of_groupings_(context, {&scope_->child}),
      of_arguments_(context, {&scope_->child}),
      of_groups_(context, {&scope_->child}, {.correlated_scalar = false}) {
  scope_->input = child.plan;
  scope_->child = std::move(child);
}

Result<Relation> AggregateResolution::Run() {
  resolver_.time_columns = &time_columns_;
  resolver_.aggregate_refused = GroupByAggregate;
  resolver_.subqueries = &of_groupings_;
  ARROW_RETURN_NOT_OK(ResolveGroupings());
  of_groups_.Reuse(&of_groupings_);
  resolver_.subqueries = &of_groups_;
  resolver_.argument_subqueries = &of_arguments_;
  // SELECT window.start … GROUP BY window(…)
  resolver_.AlsoSee(time_columns_.attributes());
  resolver_.aggregates = &scope_->collector;
  resolver_.generator_refused = NestedGenerator;
  resolver_.grouping_function = [this](const std::string& name,
                                       const std::vector<ExpressionPtr>& arguments) {
    return ResolveGroupingFunction(name, arguments);
  };
  if (!plan_.select_list) {
    for (const NamedExpression& grouping : scope_->groupings) {
      scope_->outputs.push_back({ToReference(grouping.attribute), grouping.attribute});
      select_list_.push_back(PassThrough(grouping.attribute));
    }
  }
  resolver_.windows_allowed = true;
  if (plan_.group_type == GroupType::kPivot) return ResolvePivot();
  ARROW_RETURN_NOT_OK(ResolveOutputs());
  return Finish();
}

Result<TypedExpression> AggregateResolution::ResolveGrouping(UnresolvedPtr grouping,
                                                             const UnresolvedPtr& original) {
  Result<TypedExpression> resolved = resolver_.Resolve(grouping);
  if (!resolved.ok() && IsUnresolvedColumn(resolved.status()) && plan_.select_list) {
    const UnresolvedPtr selected =
        SelectedAs(*original, plan_.expressions, context_->case_sensitive);
    if (selected) return resolver_.Resolve(selected);
  }
  return resolved;
}

Result<int> AggregateResolution::AddGrouping(const UnresolvedPtr& original) {
  UnresolvedPtr grouping = original;
  if (const auto position = Position(*grouping); position && plan_.select_list) {
    ARROW_ASSIGN_OR_RAISE(grouping, GroupingByPosition(*position, plan_.expressions));
  }
  ARROW_ASSIGN_OR_RAISE(TypedExpression value, ResolveGrouping(grouping, original));
  ARROW_RETURN_NOT_OK(CheckGroupable(value));
  const std::vector<Attribute> times = time_columns_.attributes();
  NamedExpression column = NameColumn(*grouping, value, {&resolver_.input(), &times});
  std::vector<NamedExpression>& known = scope_->groupings;
  // In grouping sets the same key comes again and again.
  for (size_t i = 0; plan_.group_type == GroupType::kGroupingSets && i < known.size(); ++i) {
    if (SameExpression(*known[i].expression, *column.expression)) return static_cast<int>(i);
  }
  known.push_back(std::move(column));
  return static_cast<int>(known.size()) - 1;
}

namespace {

void CollectNames(const UnresolvedExpression& expression, std::vector<std::string>* names) {
  if (expression.kind == UnresolvedKind::kAttribute) names->push_back(expression.name_parts.back());
  for (const UnresolvedPtr& child : expression.children) CollectNames(*child, names);
}

}  // namespace

std::vector<UnresolvedPtr> AggregateResolution::ImpliedGroupings() const {
  std::vector<UnresolvedPtr> groupings;
  if (plan_.name == "ALL") {  // GROUP BY ALL: what is selected and aggregates nothing
    for (const UnresolvedPtr& selected : plan_.expressions) {
      if (ContainsAggregate(*selected, *context_->functions)) continue;
      const bool aliased = selected->kind == UnresolvedKind::kAlias;
      const UnresolvedPtr& value = aliased ? selected->children[0] : selected;
      if (value->kind != UnresolvedKind::kLiteral) groupings.push_back(value);
    }
    return groupings;
  }
  std::vector<std::string> used;  // PIVOT: the columns that it does not mention
  CollectNames(*plan_.pivot_column, &used);
  for (const UnresolvedPtr& aggregate : plan_.expressions) CollectNames(*aggregate, &used);
  for (const Attribute& column : scope_->child.output()) {
    const bool mentioned = std::any_of(used.begin(), used.end(), [&](const std::string& name) {
      return SameName(name, column.name, context_->case_sensitive);
    });
    if (!mentioned) groupings.push_back(UnresolvedAttribute({column.name}));
  }
  return groupings;
}

Status AggregateResolution::ResolveGroupings() {
  const bool implied = plan_.name == "ALL" || plan_.name == "REST";
  const std::vector<UnresolvedPtr> groupings = implied ? ImpliedGroupings() : plan_.groupings;
  for (const UnresolvedPtr& grouping : groupings) {
    ARROW_RETURN_NOT_OK(AddGrouping(grouping).status());
  }
  const int keys = static_cast<int>(scope_->groupings.size());
  switch (plan_.group_type) {
    case GroupType::kGroupBy:
    case GroupType::kPivot:
      return Status::OK();
    case GroupType::kRollup:
      return ExpandGroupingSets(RollupSets(keys));
    case GroupType::kCube:
      if (keys > 16) return NotSupported("cube() of more than 16 columns");
      return ExpandGroupingSets(CubeSets(keys));
    case GroupType::kGroupingSets: {
      std::vector<std::vector<int>> sets;
      for (const std::vector<UnresolvedPtr>& set : plan_.grouping_sets) {
        std::vector<int> keys_of_set;
        for (const UnresolvedPtr& grouping : set) {
          ARROW_ASSIGN_OR_RAISE(const int key, AddGrouping(grouping));
          keys_of_set.push_back(key);
        }
        sets.push_back(std::move(keys_of_set));
      }
      return ExpandGroupingSets(std::move(sets));
    }
  }
  return Status::OK();
}

Status AggregateResolution::ExpandGroupingSets(std::vector<std::vector<int>> sets) {
  std::vector<NamedExpression> keys = scope_->groupings;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].attribute.is_session) continue;
    const bool everywhere = std::all_of(sets.begin(), sets.end(), [i](const auto& set) {
      return std::find(set.begin(), set.end(), static_cast<int>(i)) != set.end();
    });
    if (!everywhere) return NotSupported("session_window() in some of the grouping sets only");
    // In Spark's schemas it is, though no row has none.
    keys[i].attribute.nullable = true;
  }
  expanded_ = ExpandGroups(keys, sets);
  for (size_t i = 0; i < expanded_->keys.size(); ++i) {
    scope_->groupings[i].attribute = expanded_->keys[i];
    scope_->expanded_groupings.push_back(PassThrough(expanded_->keys[i]));
  }
  scope_->expanded_groupings.push_back(PassThrough(expanded_->grouping_id));
  return Status::OK();
}

Result<ExpressionPtr> AggregateResolution::ResolveGroupingFunction(
    const std::string& name, const std::vector<ExpressionPtr>& arguments) {
  if (!expanded_) {
    return AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION",
                         name +
                             "() tells grouping sets apart; it is possible only with GROUPING "
                             "SETS, ROLLUP or CUBE.");
  }
  if (name == "grouping_id") return ToReference(expanded_->grouping_id);
  const int keys = static_cast<int>(expanded_->keys.size());
  for (int key = 0; arguments.size() == 1 && key < keys; ++key) {
    if (SameExpression(*scope_->groupings[key].expression, *arguments[0])) {
      return GroupingBit(expanded_->grouping_id, key, keys);
    }
  }
  const std::string text = arguments.empty() ? "" : UserText(*arguments[0]);
  return AnalysisError("GROUPING_COLUMN_MISMATCH",
                       "grouping(" + text + ") does not name a column that is grouped by.",
                       {{"grouping", text}, {"groupingColumns", ""}});
}

Status AggregateResolution::AddOutput(const UnresolvedExpression& expression,
                                      TypedExpression value) {
  if (HasOuter(value.expression)) {
    return AnalysisError("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE",
                         "A subquery that aggregates has the column \"" + value.text +
                             "\", which mentions the query around it. Only its WHERE and HAVING "
                             "may.",
                         {{"sqlExprs", "\"" + value.text + "\""}});
  }
  ARROW_RETURN_NOT_OK(scope_->AddJoins(of_groups_.TakeJoins()));
  ARROW_ASSIGN_OR_RAISE(value.expression, scope_->OverGroups(value.expression, value.text));
  std::vector<Attribute> known;
  for (const NamedExpression& grouping : scope_->groupings) known.push_back(grouping.attribute);
  NamedExpression output = NameColumn(expression, value, {&known});
  // An aggregate without alias keeps the identity of its column.
  const auto* reference = dynamic_cast<const AttributeReference*>(value.expression.get());
  if (reference && expression.kind == UnresolvedKind::kFunction &&
      !FindAttribute(known, reference->id())) {
    output.attribute.id = reference->id();
  }
  select_list_.push_back(PassThrough(output.attribute));
  scope_->outputs.push_back(std::move(output));
  return Status::OK();
}

Status AggregateResolution::AddGenerator(const UnresolvedPtr& expression,
                                         const UnresolvedExpression& call) {
  ARROW_ASSIGN_OR_RAISE(PendingGenerator pending,
                        ResolveGenerator(call, expression->aliases, &resolver_, *context_));
  for (ExpressionPtr& argument : pending.generator.arguments) {
    ARROW_ASSIGN_OR_RAISE(argument, scope_->OverGroups(argument, call.name));
    generator_inputs_.push_back(Computed(argument, call.name));
    argument = ToReference(generator_inputs_.back().attribute);
  }
  for (const Attribute& column : pending.attributes) select_list_.push_back(PassThrough(column));
  generators_.push_back(std::move(pending));
  return Status::OK();
}

Status AggregateResolution::ResolveOutput(const UnresolvedPtr& expression) {
  if (expression->kind == UnresolvedKind::kStar || expression->kind == UnresolvedKind::kRegex) {
    ARROW_ASSIGN_OR_RAISE(auto columns, resolver_.Expand(*expression));
    for (const NamedExpression& column : columns) {
      ARROW_RETURN_NOT_OK(AddOutput(*UnresolvedAttribute({column.attribute.name}),
                                    {column.expression, column.attribute.name}));
    }
    return Status::OK();
  }
  if (const UnresolvedExpression* call = GeneratorCall(*expression, *context_->functions)) {
    return AddGenerator(expression, *call);
  }
  ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver_.Resolve(expression));
  return AddOutput(*expression, std::move(value));
}

Status AggregateResolution::ResolveOutputs() {
  for (const UnresolvedPtr& expression : plan_.expressions) {
    ARROW_RETURN_NOT_OK(ResolveOutput(expression));
  }
  return Status::OK();
}

Result<Relation> AggregateResolution::Finish() {
  AttributeSet used;
  for (const NamedExpression& grouping : scope_->groupings) {
    CollectReferences(grouping.expression, &used);
  }
  for (const NamedAggregate& aggregate : scope_->collector.aggregates()) {
    for (const ExpressionPtr& argument : aggregate.aggregate.arguments) {
      CollectReferences(argument, &used);
    }
    CollectReferences(aggregate.filter, &used);
  }
  for (const PythonAggregate& aggregate : scope_->collector.python_aggregates()) {
    CollectReferences(aggregate.call, &used);
  }
  used.merge(ReferencesOf(of_groupings_.joins()));
  used.merge(ReferencesOf(of_arguments_.joins()));
  ResolvedPlanPtr input =
      AddMissing(scope_->child.plan, IdsIn(used, scope_->child.hidden), scope_->child.hidden);
  input = of_arguments_.Apply(of_groupings_.Apply(std::move(input)));
  ARROW_ASSIGN_OR_RAISE(scope_->input, time_columns_.Apply(std::move(input)));
  scope_->time_columns = time_columns_.attributes();
  if (expanded_) {
    std::vector<Attribute> generated = expanded_->keys;
    generated.push_back(expanded_->grouping_id);
    scope_->input = MakeGenerate(scope_->input, expanded_->generator, std::move(generated));
  }
  if (plan_.having && generators_.empty()) return FilterGroups(*scope_, plan_.having, *context_);
  if (generators_.empty()) {
    Relation relation = Closed(scope_->Build());
    relation.aggregate = std::move(scope_);
    return relation;
  }
  if (plan_.having) return NotSupported("HAVING beside a generator over aggregates");
  ResolvedPlanPtr plan = scope_->Build(generator_inputs_);
  for (PendingGenerator& pending : generators_) {
    plan =
        MakeGenerate(std::move(plan), std::move(pending.generator), std::move(pending.attributes));
  }
  return Closed(MakeProject(std::move(plan), std::move(select_list_)));
}

Result<Relation> FilterGroups(const AggregateScope& aggregate, const UnresolvedPtr& unresolved,
                              const AnalyzerContext& context) {
  auto scope = std::make_shared<AggregateScope>(aggregate);
  ExpressionResolver resolver(&context, {&scope->child});
  resolver.aggregates = &scope->collector;
  resolver.preferred = &scope->outputs;
  resolver.AlsoSee(scope->time_columns);
  resolver.window_clause = "HAVING";
  Subqueries subqueries(&context, {&scope->child});
  resolver.subqueries = &subqueries;
  ARROW_ASSIGN_OR_RAISE(TypedExpression condition, resolver.Resolve(unresolved));
  ARROW_RETURN_NOT_OK(CheckCondition(condition));
  ARROW_RETURN_NOT_OK(scope->AddJoins(subqueries.TakeJoins()));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr having,
                        scope->OverGroups(condition.expression, condition.text));
  scope->having = scope->having ? MakeAnd(scope->having, std::move(having)) : std::move(having);
  Relation relation = Closed(scope->Build());
  relation.aggregate = std::move(scope);
  return relation;
}

Result<Relation> RelationResolver::ResolveAggregate(const LogicalPlan& plan) {
  Relation child;
  if (plan.children.empty()) {
    ARROW_ASSIGN_OR_RAISE(child, ResolveOneRow());
  } else {
    ARROW_ASSIGN_OR_RAISE(child, ResolveChild(plan));
  }
  return AggregateResolution(context_, &plan, std::move(child)).Run();
}

}  // namespace headrace
