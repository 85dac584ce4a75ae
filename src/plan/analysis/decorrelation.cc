#include "plan/analysis/decorrelation.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <arrow/array.h>
#include <arrow/scalar.h>

#include "plan/analysis/outer_reference.h"
#include "plan/conjuncts.h"
#include "plan/fresh_ids.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

Status CorrelationUnsupported(const std::string& where) {
  return NotSupported("columns of the query around a subquery " + where, "Write it as a join.");
}

bool IsEquality(const Expression& condition) {
  const auto* call = dynamic_cast<const FunctionCall*>(&condition);
  return call && call->children().size() == 2 &&
         (call->name() == "=" || call->name() == "==" || call->name() == "<=>");
}

// 0 or 1: the side of the equality that is the plan's, if the other is wholly from outside.
std::optional<size_t> InnerSide(const Expression& condition) {
  if (!IsEquality(condition)) return std::nullopt;
  for (size_t side = 0; side < 2; ++side) {
    const ExpressionPtr &inner = condition.children()[side],
                        &other = condition.children()[1 - side];
    if (!HasOuter(inner) && ReferencesOf(other).empty() && HasOuter(other)) return side;
  }
  return std::nullopt;
}

bool IsKeyCondition(const ExpressionPtr& condition) {
  return ReferencesOf(condition).empty() || InnerSide(*condition).has_value();
}

// `outer = inner` lets the inner value stand for the outer one.
ExpressionPtr WithEqualities(const ExpressionPtr& expression,
                             const std::vector<ExpressionPtr>& conditions) {
  std::unordered_map<int64_t, ExpressionPtr> equal;
  for (const ExpressionPtr& condition : conditions) {
    const auto side = InnerSide(*condition);
    if (!side) continue;
    const auto* outer = dynamic_cast<const OuterReference*>(condition->children()[1 - *side].get());
    if (outer) equal.emplace(outer->attribute().id, condition->children()[*side]);
  }
  return equal.empty() ? expression : ReplaceOuter(expression, equal);
}

// What the aggregate is of no rows at all.
Result<ExpressionPtr> OfNoRows(const BoundAggregate& aggregate) {
  const auto accumulator = aggregate.make();
  ARROW_RETURN_NOT_OK(accumulator->Resize(1));
  ARROW_ASSIGN_OR_RAISE(const auto results, accumulator->Finish());
  ARROW_ASSIGN_OR_RAISE(auto value, results->GetScalar(0));
  return MakeLiteral(std::move(value));
}

void AddReferenced(const ResolvedPlan& below, const AttributeSet& needed,
                   std::vector<NamedExpression>* projections) {
  AttributeSet known;
  for (const NamedExpression& projection : *projections) known.insert(projection.attribute.id);
  for (const Attribute& column : below.output) {
    if (needed.contains(column.id) && known.insert(column.id).second) {
      projections->push_back(PassThrough(column));
    }
  }
}

// May the plan be run a second time, for the values that its columns have?
Status CheckRepeatable(const ResolvedPlan& plan) {
  if (IsStreaming(plan)) {
    return CorrelationUnsupported("over a stream, unless they stand in equalities");
  }
  bool repeatable = true;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    repeatable &= node.kind != ResolvedKind::kPython && node.kind != ResolvedKind::kGroupsWithState;
    VisitExpressions(node,
                     [&](const ExpressionPtr& value) { repeatable &= value->deterministic(); });
  });
  if (repeatable) return Status::OK();
  return CorrelationUnsupported("whose rows come from functions, unless they stand in equalities");
}

std::vector<NamedExpression> PassedOn(const std::vector<Attribute>& columns,
                                      const ResolvedPlan& plan) {
  std::vector<NamedExpression> passed;
  for (const Attribute& column : columns) {
    if (const Attribute* live = FindAttribute(plan.output, column.id)) {
      passed.push_back(PassThrough(*live));
    }
  }
  return passed;
}

}  // namespace

ExpressionPtr KeyOf(const ExpressionPtr& condition) {
  const auto side = InnerSide(*condition);
  return side ? condition->children()[*side] : nullptr;
}

ExpressionPtr Decorrelated::Column(const Attribute& column) const {
  const auto found = computed.find(column.id);
  return found == computed.end() ? ToReference(column) : found->second;
}

Result<Decorrelated> Decorrelation::Run(const ResolvedPlanPtr& plan) {
  ARROW_ASSIGN_OR_RAISE(Decorrelated part, Take(plan));
  if (HasOuter(*part.plan)) return CorrelationUnsupported("at this place of it");
  return part;
}

Status Decorrelation::OnlyKeys(Decorrelated* part) {
  bool keys = part->computed.empty();
  std::vector<Attribute> columns;
  for (const ExpressionPtr& condition : part->conditions) {
    keys &= IsKeyCondition(condition);
    CollectOuter(condition, &columns);
  }
  for (const auto& [id, value] : part->computed) CollectOuter(value, &columns);
  return keys ? Status::OK() : JoinDomain(part, columns).status();
}

Result<std::vector<Attribute>> Decorrelation::JoinDomain(Decorrelated* part,
                                                         const std::vector<Attribute>& columns) {
  std::vector<Attribute> domain_columns;
  std::unordered_map<int64_t, ExpressionPtr> values;
  ResolvedPlanPtr domain;
  for (const Relation* relation : outer_) {
    std::vector<size_t> positions;
    for (size_t i = 0; i < relation->output().size(); ++i) {
      if (FindAttribute(columns, relation->output()[i].id)) positions.push_back(i);
    }
    if (positions.size() != columns.size()) continue;
    ARROW_RETURN_NOT_OK(CheckRepeatable(*relation->plan));
    const ResolvedPlanPtr copy = WithFreshIds(relation->plan);
    std::vector<NamedExpression> projections;
    for (const Attribute& column : columns) {
      for (size_t i : positions) {
        if (relation->output()[i].id == column.id) {
          projections.push_back(PassThrough(copy->output[i]));
        }
      }
      domain_columns.push_back(projections.back().attribute);
      values.emplace(column.id, ToReference(domain_columns.back()));
    }
    domain = MakeDistinct(MakeProject(copy, std::move(projections)));
    break;
  }
  if (!domain) return CorrelationUnsupported("that are no plain columns of one of its inputs");
  std::vector<ExpressionPtr> conditions;
  for (const ExpressionPtr& condition : part->conditions) {
    conditions.push_back(ReplaceOuter(condition, values));
  }
  ExpressionPtr condition = JoinConjuncts(conditions);
  const JoinType type = condition ? JoinType::kInner : JoinType::kCross;
  ResolvedPlanPtr joined = MakeJoin(domain, part->plan, type, std::move(condition));
  std::vector<NamedExpression> projections = PassThrough(joined->output);
  for (const auto& [id, value] : part->computed) {
    NamedExpression computed = Computed(ReplaceOuter(value, values), "computed");
    computed.attribute.id = id;
    projections.push_back(std::move(computed));
  }
  const bool computes = !part->computed.empty();
  part->plan = computes ? MakeProject(std::move(joined), std::move(projections)) : joined;
  part->computed.clear();
  part->conditions.clear();
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        part->conditions.emplace_back(),
        context_->functions->Call(
            "<=>", {ToReference(domain_columns[i]), std::make_shared<OuterReference>(columns[i])},
            context_->bind));
  }
  return domain_columns;
}

Result<Decorrelation::Part> Decorrelation::Take(const ResolvedPlanPtr& plan) {
  if (!HasOuter(*plan)) {
    Part part;
    part.plan = plan;
    return part;
  }
  switch (plan->kind) {
    case ResolvedKind::kFilter:
      return TakeFilter(*plan);
    case ResolvedKind::kProject:
      return TakeProject(*plan);
    case ResolvedKind::kAggregate:
      return TakeAggregate(*plan);
    case ResolvedKind::kJoin:
      return TakeJoin(plan);
    case ResolvedKind::kSort:
      return TakeSort(*plan);
    case ResolvedKind::kLimit:
      return TakeLimit(*plan);
    case ResolvedKind::kDistinct:
      return TakeDistinct(*plan);
    case ResolvedKind::kUnion:
    case ResolvedKind::kIntersect:
    case ResolvedKind::kExcept:
      return TakeSetOperation(*plan);
    case ResolvedKind::kGenerate:
      return TakeGenerate(*plan);
    case ResolvedKind::kOffset:
      return CorrelationUnsupported("below its OFFSET");
    case ResolvedKind::kWindow:
      return CorrelationUnsupported("below its window functions");
    case ResolvedKind::kSample:
      return CorrelationUnsupported("below its sample");
    default:
      return CorrelationUnsupported("at this place of it");
  }
}

Result<Decorrelation::Part> Decorrelation::TakeFilter(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  std::vector<ExpressionPtr> own;
  bool row_of_nothing = true;
  for (const ExpressionPtr& each : SplitConjuncts(plan.condition)) {
    const ExpressionPtr conjunct = Substitute(each, part.computed);
    if (part.of_nothing) {
      const ExpressionPtr holds = Substitute(conjunct, *part.of_nothing);
      if (HasOuter(holds)) return CorrelationUnsupported("in HAVING without GROUP BY");
      ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*holds));
      row_of_nothing &= value->is_valid && static_cast<const arrow::BooleanScalar&>(*value).value;
    }
    (HasOuter(conjunct) ? part.conditions : own).push_back(conjunct);
  }
  if (part.of_nothing) {
    // Rows that the filter drops could not be told from rows that there never were.
    if (row_of_nothing) {
      return CorrelationUnsupported("below HAVING without GROUP BY that holds for no rows");
    }
    part.of_nothing.reset();
  }
  if (!own.empty()) part.plan = MakeFilter(std::move(part.plan), JoinConjuncts(own));
  return part;
}

Result<Decorrelation::Part> Decorrelation::TakeProject(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  std::vector<NamedExpression> projections;
  Substitution computed, of_nothing;
  for (const NamedExpression& projection : plan.projections) {
    const ExpressionPtr value = Substitute(projection.expression, part.computed);
    if (part.of_nothing) {
      of_nothing.emplace(projection.attribute.id, Substitute(value, *part.of_nothing));
    }
    const ExpressionPtr inner = WithEqualities(value, part.conditions);
    if (HasOuter(inner)) {
      computed.emplace(projection.attribute.id, inner);
    } else {
      projections.push_back({inner, projection.attribute});
    }
  }
  AttributeSet needed;
  for (const ExpressionPtr& condition : part.conditions) CollectReferences(condition, &needed);
  for (const auto& [id, value] : computed) CollectReferences(value, &needed);
  for (const SortOrder& order : part.orders) CollectReferences(order.expression, &needed);
  AddReferenced(*part.plan, needed, &projections);
  part.plan = MakeProject(std::move(part.plan), std::move(projections));
  part.computed = std::move(computed);
  if (part.of_nothing) part.of_nothing = std::move(of_nothing);
  return part;
}

Result<Decorrelation::Part> Decorrelation::TakeAggregate(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  if (part.of_nothing) return CorrelationUnsupported("below two aggregates");
  for (const NamedAggregate& aggregate : plan.aggregates) {
    for (const ExpressionPtr& argument : aggregate.aggregate.arguments) {
      if (!HasOuter(argument)) continue;
      if (ReferencesOf(argument).empty()) {
        return CorrelationUnsupported("alone in an aggregate function");
      }
      return AnalysisError(
          "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_"
          "REFERENCES",
          "The aggregate function " + aggregate.attribute.name +
              " of a subquery mixes columns of its own with such of the query around it.",
          {{"function", aggregate.attribute.name}});
    }
    if (aggregate.filter && HasOuter(aggregate.filter)) {
      return CorrelationUnsupported("in FILTER (WHERE …)");
    }
  }
  ARROW_RETURN_NOT_OK(OnlyKeys(&part));
  std::vector<NamedExpression> groupings = plan.groupings;
  for (NamedExpression& grouping : groupings) {
    grouping.expression = WithEqualities(grouping.expression, part.conditions);
    if (HasOuter(grouping.expression)) return CorrelationUnsupported("in GROUP BY");
  }
  for (ExpressionPtr& condition : part.conditions) {
    const auto side = InnerSide(*condition);
    if (!side) continue;
    std::vector<ExpressionPtr> sides = condition->children();
    const NamedExpression* key = nullptr;
    for (const NamedExpression& grouping : groupings) {
      if (SameExpression(*grouping.expression, *sides[*side])) key = &grouping;
    }
    if (!key) key = &groupings.emplace_back(Computed(sides[*side], "key"));
    sides[*side] = ToReference(key->attribute);
    condition = condition->WithChildren(std::move(sides));
  }
  if (plan.groupings.empty()) {
    part.of_nothing.emplace();
    for (const NamedAggregate& aggregate : plan.aggregates) {
      ARROW_ASSIGN_OR_RAISE((*part.of_nothing)[aggregate.attribute.id],
                            OfNoRows(aggregate.aggregate));
    }
  }
  part.plan = MakeAggregate(std::move(part.plan), std::move(groupings), plan.aggregates);
  part.orders.clear();
  return part;
}

Result<Decorrelation::Part> Decorrelation::TakeJoin(const ResolvedPlanPtr& plan) {
  const JoinType type = plan->join_type;
  const bool inner = type == JoinType::kInner || type == JoinType::kCross;
  // The sides whose rows all come through, so that conditions on them may wait.
  const bool left_waits = inner || (type != JoinType::kRightOuter && type != JoinType::kFullOuter);
  const bool right_waits = inner || type == JoinType::kRightOuter;
  ARROW_ASSIGN_OR_RAISE(Part left, Take(plan->children[0]));
  ARROW_ASSIGN_OR_RAISE(Part right, Take(plan->children[1]));
  const auto correlated = [](const Part& part) {
    return !part.conditions.empty() || !part.computed.empty();
  };
  if ((!left_waits && correlated(left)) || (!right_waits && correlated(right))) {
    return CorrelationUnsupported("on a side of an outer join that may be missing");
  }
  if (left.of_nothing || right.of_nothing) {
    return CorrelationUnsupported("below an aggregate that is joined");
  }
  Part part;
  part.conditions = left.conditions;
  part.conditions.insert(part.conditions.end(), right.conditions.begin(), right.conditions.end());
  part.computed = left.computed;
  part.computed.insert(right.computed.begin(), right.computed.end());
  std::vector<ExpressionPtr> own;
  for (const ExpressionPtr& each : SplitConjuncts(plan->condition)) {
    const ExpressionPtr conjunct = Substitute(each, part.computed);
    if (!HasOuter(conjunct)) {
      own.push_back(conjunct);
    } else if (inner) {
      part.conditions.push_back(conjunct);
    } else {
      return CorrelationUnsupported("in the condition of this kind of join");
    }
  }
  auto join = std::make_shared<ResolvedPlan>(*plan);
  join->condition = JoinConjuncts(own);
  part.plan = WithChildren(std::move(join), {left.plan, right.plan});
  return part;
}

Result<Decorrelation::Part> Decorrelation::TakeSort(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  part.orders.clear();
  for (SortOrder order : plan.orders) {
    order.expression = WithEqualities(Substitute(order.expression, part.computed), part.conditions);
    // What is equal for all rows of a row around orders none of them.
    if (HasOuter(order.expression) && !ReferencesOf(order.expression).empty()) {
      return CorrelationUnsupported("in ORDER BY");
    }
    if (!HasOuter(order.expression)) part.orders.push_back(std::move(order));
  }
  if (!part.orders.empty()) {
    part.plan = MakeSort(std::move(part.plan), part.orders, plan.global_sort);
  }
  return part;
}

// The first rows of each row around: by their numbers within equal keys.
Result<Decorrelation::Part> Decorrelation::TakeLimit(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  if (part.of_nothing && plan.number > 0) return part;
  if (part.of_nothing) return CorrelationUnsupported("below LIMIT 0");
  ARROW_RETURN_NOT_OK(OnlyKeys(&part));
  std::vector<ExpressionPtr> inputs;
  std::vector<int> partitions;
  std::vector<WindowOrder> orders;
  const auto input = [&](ExpressionPtr value) {
    inputs.push_back(std::move(value));
    return static_cast<int>(inputs.size()) - 1;
  };
  for (const ExpressionPtr& condition : part.conditions) {
    if (ExpressionPtr key = KeyOf(condition)) partitions.push_back(input(std::move(key)));
  }
  for (const SortOrder& order : part.orders) {
    orders.push_back({input(order.expression), order.ascending, order.nulls_first});
  }
  WindowFunction row_number;
  row_number.name = "row_number";
  row_number.type = arrow::int32();
  row_number.nullable = false;
  const std::vector<NamedExpression> columns = PassThrough(part.plan->output);
  ExpressionPtr number = std::make_shared<WindowFunctionCall>(
      std::move(row_number), std::move(partitions), std::move(orders), std::move(inputs), "");
  ResolvedPlanPtr numbered = ExtractWindowFunctions(std::move(part.plan), {&number});
  const auto limit = std::make_shared<arrow::Int32Scalar>(
      static_cast<int32_t>(std::min<int64_t>(plan.number, INT32_MAX)));
  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr among,
      context_->functions->Call("<=", {std::move(number), MakeLiteral(limit)}, context_->bind));
  part.plan = MakeProject(MakeFilter(std::move(numbered), std::move(among)), columns);
  return part;
}

Result<Decorrelation::Part> Decorrelation::TakeDistinct(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  ARROW_RETURN_NOT_OK(OnlyKeys(&part));
  part.plan = MakeDistinct(std::move(part.plan));
  part.orders.clear();
  return part;
}

Result<Decorrelation::Part> Decorrelation::TakeSetOperation(const ResolvedPlan& plan) {
  const std::vector<Attribute> columns = OuterColumns(plan);
  Part whole;
  std::vector<ResolvedPlanPtr> sides;
  for (const ResolvedPlanPtr& child : plan.children) {
    ARROW_ASSIGN_OR_RAISE(Part side, Take(child));
    if (side.of_nothing) return CorrelationUnsupported("below an aggregate in a set operation");
    ARROW_ASSIGN_OR_RAISE(const auto domain, JoinDomain(&side, columns));
    std::vector<NamedExpression> projections = PassedOn(child->output, *side.plan);
    for (const Attribute& column : domain) projections.push_back(PassThrough(column));
    sides.push_back(MakeProject(std::move(side.plan), std::move(projections)));
    if (sides.size() == 1) whole.conditions = std::move(side.conditions);
  }
  whole.plan = MakeSetOperation(plan.kind, std::move(sides), plan.all);
  return whole;
}

Result<Decorrelation::Part> Decorrelation::TakeGenerate(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Part part, Take(plan.children[0]));
  if (part.of_nothing) return CorrelationUnsupported("below an aggregate and a generator");
  BoundGenerator generator = plan.generator;
  std::vector<Attribute> columns;
  for (ExpressionPtr& argument : generator.arguments) {
    argument = WithEqualities(Substitute(argument, part.computed), part.conditions);
    CollectOuter(argument, &columns);
  }
  if (!columns.empty()) {
    for (const ExpressionPtr& condition : part.conditions) CollectOuter(condition, &columns);
    for (const auto& [id, value] : part.computed) CollectOuter(value, &columns);
    ARROW_ASSIGN_OR_RAISE(const auto domain, JoinDomain(&part, columns));
    std::unordered_map<int64_t, ExpressionPtr> values;
    for (size_t i = 0; i < columns.size(); ++i) {
      values.emplace(columns[i].id, ToReference(domain[i]));
    }
    for (ExpressionPtr& argument : generator.arguments) argument = ReplaceOuter(argument, values);
  }
  std::vector<Attribute> generated(plan.output.end() - std::ssize(generator.output),
                                   plan.output.end());
  part.plan = MakeGenerate(std::move(part.plan), std::move(generator), std::move(generated));
  part.orders.clear();
  return part;
}

}  // namespace headrace
