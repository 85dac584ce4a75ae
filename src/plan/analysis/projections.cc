// select, withColumns, observe, lateral view.
#include <utility>

#include "plan/analysis/reach.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/select_list.h"
#include "plan/analysis/subqueries.h"
#include "plan/tree_text.h"
#include "plan/window_operation.h"

namespace headrace {

struct RelationResolver::SelectList {
  explicit SelectList(const AnalyzerContext* context) : time_columns(context) {}
  std::vector<NamedExpression> columns;
  // Each one runs over the rows of those before it.
  std::vector<PendingGenerator> generators;
  TimeColumns time_columns;
};

namespace {

void ForgetTags(Attribute* column) {
  column->watermark_delay_us.reset();
  column->is_window = false;
  column->is_session = false;
}

}  // namespace

Status RelationResolver::ResolveSelectList(const std::vector<UnresolvedPtr>& expressions,
                                           ExpressionResolver* resolver, SelectList* list) {
  resolver->time_columns = &list->time_columns;
  resolver->generator_refused = NestedGenerator;
  resolver->lateral_aliases = &list->columns;
  resolver->windows_allowed = true;
  for (const UnresolvedPtr& expression : expressions) {
    if (expression->kind == UnresolvedKind::kStar || expression->kind == UnresolvedKind::kRegex) {
      ARROW_ASSIGN_OR_RAISE(auto columns, resolver->Expand(*expression));
      list->columns.insert(list->columns.end(), columns.begin(), columns.end());
      continue;
    }
    const UnresolvedExpression* call = GeneratorCall(*expression, *context_->functions);
    if (call) {
      ARROW_ASSIGN_OR_RAISE(PendingGenerator generator,
                            ResolveGenerator(*call, expression->aliases, resolver, *context_));
      const auto generated = PassThrough(generator.attributes);
      list->columns.insert(list->columns.end(), generated.begin(), generated.end());
      list->generators.push_back(std::move(generator));
      continue;
    }
    if (expression->kind == UnresolvedKind::kAlias && expression->aliases.size() > 1) {
      return AnalysisError(
          "MULTI_ALIAS_WITHOUT_GENERATOR",
          "Several names are given to an expression that makes one column; "
          "only generators such as posexplode() make several.",
          {{"expr", "\"" + OutputName(*expression->children[0], "") + "\""},
           {"names", JoinTexts(expression->aliases, [](const auto& n) { return n; })}});
    }
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver->Resolve(expression));
    const std::vector<Attribute> times = list->time_columns.attributes();
    list->columns.push_back(NameColumn(*expression, value, {&resolver->input(), &times}));
  }
  return Status::OK();
}

Result<ResolvedPlanPtr> RelationResolver::ProjectSelectList(ResolvedPlanPtr child,
                                                            SelectList list) {
  ARROW_ASSIGN_OR_RAISE(child, list.time_columns.Apply(std::move(child)));
  for (PendingGenerator& pending : list.generators) {
    child =
        MakeGenerate(std::move(child), std::move(pending.generator), std::move(pending.attributes));
  }
  std::vector<ExpressionPtr*> expressions;
  for (NamedExpression& column : list.columns) expressions.push_back(&column.expression);
  child = ExtractWindowFunctions(std::move(child), expressions);
  return MakeProject(std::move(child), std::move(list.columns));
}

Result<Relation> RelationResolver::ResolveProject(const LogicalPlan& plan) {
  for (const UnresolvedPtr& expression : plan.expressions) {
    if (!ContainsAggregate(*expression, *context_->functions)) continue;
    // An aggregate without groups.
    LogicalPlan aggregate = plan;
    aggregate.kind = LogicalKind::kAggregate;
    aggregate.select_list = true;
    return ResolveAggregate(aggregate);
  }
  Relation child;
  if (plan.children.empty()) {
    ARROW_ASSIGN_OR_RAISE(child, ResolveOneRow());
  } else {
    ARROW_ASSIGN_OR_RAISE(child, ResolveChild(plan));
  }
  ExpressionResolver resolver(context_, {&child});
  Subqueries subqueries(context_, {&child});
  resolver.subqueries = &subqueries;
  SelectList list(context_);
  ARROW_RETURN_NOT_OK(ResolveSelectList(plan.expressions, &resolver, &list));
  AttributeSet used = ReferencesOf(subqueries.joins());
  for (const NamedExpression& column : list.columns) CollectReferences(column.expression, &used);
  ResolvedPlanPtr input =
      subqueries.Apply(AddMissing(child.plan, IdsIn(used, child.hidden), child.hidden));
  ARROW_ASSIGN_OR_RAISE(ResolvedPlanPtr projected,
                        ProjectSelectList(std::move(input), std::move(list)));
  return Above(child, std::move(projected));
}

Result<Relation> RelationResolver::ResolveWithColumns(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  Subqueries subqueries(context_, {&child});
  resolver.subqueries = &subqueries;
  SelectList list(context_);
  std::vector<NamedExpression> columns = PassThrough(child.output());
  std::vector<std::string> added;
  for (const UnresolvedPtr& expression : plan.expressions) {
    const std::string& name = expression->aliases[0];
    for (const std::string& other : added) {
      if (SameName(other, name, context_->case_sensitive)) {
        return AnalysisError("COLUMN_ALREADY_EXISTS",
                             "withColumns() gives the column `" + name + "` twice.",
                             {{"columnName", "`" + ToLower(name) + "`"}});
      }
    }
    added.push_back(name);
    // SET replaces a column, which has to be there, and once.
    if (plan.name == "SET") {
      ARROW_RETURN_NOT_OK(resolver.Resolve(UnresolvedAttribute({name})).status());
    }
    ARROW_RETURN_NOT_OK(ResolveSelectList({expression}, &resolver, &list));
    // Unlike an alias in select(), Spark Connect's withColumn() starts with no metadata.
    for (NamedExpression& column : list.columns) ForgetTags(&column.attribute);
    bool replaced = false;
    for (NamedExpression& column : columns) {
      if (!SameName(column.attribute.name, name, context_->case_sensitive)) continue;
      column = list.columns[0];
      replaced = true;
    }
    if (!replaced) {
      columns.insert(columns.end(), list.columns.begin(), list.columns.end());
    }
    list.columns.clear();  // new columns see the old ones only
  }
  list.columns = std::move(columns);
  AttributeSet used = ReferencesOf(subqueries.joins());
  for (const NamedExpression& column : list.columns) CollectReferences(column.expression, &used);
  ResolvedPlanPtr input =
      subqueries.Apply(AddMissing(child.plan, IdsIn(used, child.hidden), child.hidden));
  ARROW_ASSIGN_OR_RAISE(ResolvedPlanPtr projected,
                        ProjectSelectList(std::move(input), std::move(list)));
  return Above(child, std::move(projected));
}

Result<Relation> RelationResolver::ResolveCollectMetrics(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  AggregateScope scope;
  scope.input = child.plan;
  resolver.aggregates = &scope.collector;
  std::vector<NamedExpression> metrics;
  for (const UnresolvedPtr& expression : plan.expressions) {
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver.Resolve(expression));
    ARROW_ASSIGN_OR_RAISE(value.expression, scope.OverGroups(value.expression, value.text));
    metrics.push_back(NameColumn(*expression, value, {}));
  }
  auto node = std::make_shared<ResolvedPlan>();
  node->kind = ResolvedKind::kCollectMetrics;
  node->metrics_name = plan.name;
  node->aggregates = scope.collector.aggregates();
  node->projections = std::move(metrics);
  node->output = child.output();
  node->children = {child.plan};
  return Above(child, std::move(node));
}

Result<Relation> RelationResolver::ResolveLateralView(const LogicalPlan& plan) {
  if (plan.expressions[0]->kind == UnresolvedKind::kPython) return ResolveTableFunction(plan);
  const UnresolvedExpression* call = GeneratorCall(*plan.expressions[0], *context_->functions);
  if (!call && plan.children.empty()) {
    return AnalysisError("UNRESOLVABLE_TABLE_VALUED_FUNCTION",
                         "There is no table-valued function " + plan.expressions[0]->name + ".",
                         {{"name", "`" + plan.expressions[0]->name + "`"}});
  }
  ARROW_ASSIGN_OR_RAISE(Relation child,
                        plan.children.empty() ? ResolveOneRow() : ResolveChild(plan));
  ExpressionResolver resolver(context_, {&child});
  if (!call) {
    return AnalysisError(
        "UNSUPPORTED_GENERATOR.NOT_GENERATOR", "LATERAL VIEW needs a generator such as explode().",
        {{"functionName", "`" + plan.expressions[0]->name + "`"}, {"classCanonicalName", ""}});
  }
  ARROW_ASSIGN_OR_RAISE(PendingGenerator pending,
                        ResolveGenerator(*call, plan.names, &resolver, *context_));
  if (plan.outer) pending.generator.outer = true;
  for (Attribute& attribute : pending.attributes) {
    if (!plan.name.empty()) attribute.qualifier = {plan.name};
    attribute.nullable |= plan.outer;
  }
  return Above(
      child, MakeGenerate(child.plan, std::move(pending.generator), std::move(pending.attributes)));
}

}  // namespace headrace
