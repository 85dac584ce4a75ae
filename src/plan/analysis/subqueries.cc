#include "plan/analysis/subqueries.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/scalar.h>

#include "plan/analysis/resolution_errors.h"

namespace headrace {
namespace {

Result<Relation> WithoutStream(Result<Relation> relation) {
  if (!relation.ok() || !IsStreaming(*relation->plan)) return relation;
  return AnalysisError("INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY",
                       "A subquery in an expression reads a stream, whose rows have no end to wait "
                       "for. Join the streams instead.");
}

Status Unsupported(const std::string& what) { return NotSupported(what, "Write it as a join."); }

void SplitUnresolved(const UnresolvedPtr& condition, std::vector<UnresolvedPtr>* conjuncts) {
  if (condition->kind == UnresolvedKind::kFunction && condition->name == "and") {
    for (const UnresolvedPtr& child : condition->children) SplitUnresolved(child, conjuncts);
    return;
  }
  conjuncts->push_back(condition);
}

UnresolvedPtr Conjunction(const std::vector<UnresolvedPtr>& conjuncts) {
  UnresolvedPtr all;
  for (const UnresolvedPtr& each : conjuncts) all = all ? UnresolvedCall("and", {all, each}) : each;
  return all;
}

// The value of the only row; SCALAR_SUBQUERY_TOO_MANY_ROWS if there were more.
class OnlyRow final : public Expression {
 public:
  OnlyRow(ExpressionPtr value, ExpressionPtr rows)
      : Expression(value->type(), true, {value, rows}) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    ARROW_ASSIGN_OR_RAISE(const Datum rows, children()[1]->Evaluate(input, context));
    const auto too_many = [](const arrow::Array& counts) {
      const auto& numbers = static_cast<const arrow::Int64Array&>(counts);
      for (int64_t i = 0; i < numbers.length(); ++i) {
        if (numbers.IsValid(i) && numbers.Value(i) > 1) return true;
      }
      return false;
    };
    std::shared_ptr<arrow::Array> counts;
    if (rows.is_array()) {
      counts = rows.make_array();
    } else {
      ARROW_ASSIGN_OR_RAISE(counts, arrow::MakeArrayFromScalar(*rows.scalar(), 1));
    }
    if (too_many(*counts)) {
      return MakeError(ErrorKind::kSpark, "SCALAR_SUBQUERY_TOO_MANY_ROWS",
                       "A subquery used as a value gave more than one row; aggregate it, or add "
                       "LIMIT 1");
    }
    return children()[0]->Evaluate(input, context);
  }
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<OnlyRow>(children[0], children[1]);
  }
  std::string ToString() const override { return "only_row(" + children()[0]->ToString() + ")"; }
};

Result<NamedAggregate> Aggregated(const std::string& function, ExpressionPtr argument,
                                  const AnalyzerContext& context) {
  NamedAggregate aggregate;
  const AggregateFunction* found = context.functions->FindAggregate(function);
  ARROW_ASSIGN_OR_RAISE(aggregate.aggregate, found->bind({std::move(argument)}, context.bind));
  aggregate.attribute.id = NextAttributeId();
  aggregate.attribute.name = function;
  aggregate.attribute.type = aggregate.aggregate.type;
  aggregate.attribute.nullable = aggregate.aggregate.nullable;
  return aggregate;
}

// SELECT … FROM … WHERE …, which is what may look outside.
bool MayLookOutside(const LogicalPlan& query) {
  return (query.kind == LogicalKind::kProject || query.kind == LogicalKind::kAggregate) &&
         !query.expressions.empty() && !query.children.empty() &&
         query.children[0]->kind == LogicalKind::kFilter && !query.having;
}

bool IsGlobalAggregate(const LogicalPlan& plan, const FunctionRegistry& functions) {
  if (plan.kind == LogicalKind::kAggregate) {
    return plan.groupings.empty() && plan.name.empty() && plan.group_type == GroupType::kGroupBy;
  }
  return plan.kind == LogicalKind::kProject && plan.expressions.size() == 1 &&
         ContainsAggregate(*plan.expressions[0], functions);
}

}  // namespace

Result<Subqueries::Parts> Subqueries::Split(const LogicalPlan& query) {
  const LogicalPlan& filter = *query.children[0];
  Parts parts;
  ARROW_ASSIGN_OR_RAISE(parts.relation, WithoutStream(resolve_(filter.children[0])));
  std::vector<UnresolvedPtr> conjuncts;
  SplitUnresolved(filter.expressions[0], &conjuncts);
  for (const UnresolvedPtr& conjunct : conjuncts) {
    ExpressionResolver inner(context_, {&parts.relation});
    const auto alone = inner.Resolve(conjunct);
    if (alone.ok()) {
      parts.own.push_back(conjunct);
    } else if (IsUnresolvedColumn(alone.status())) {
      parts.shared.push_back(conjunct);
    } else {
      return alone.status();
    }
  }
  if (const UnresolvedPtr own = Conjunction(parts.own)) {
    ExpressionResolver inner(context_, {&parts.relation});
    ARROW_ASSIGN_OR_RAISE(const TypedExpression condition, inner.Resolve(own));
    ARROW_RETURN_NOT_OK(CheckCondition(condition));
    parts.relation.plan = MakeFilter(parts.relation.plan, condition.expression);
  }
  return parts;
}

Result<ExpressionPtr> Subqueries::SharedCondition(const Parts& parts) {
  const UnresolvedPtr shared = Conjunction(parts.shared);
  if (!shared) return ExpressionPtr();
  ExpressionResolver both(context_, {&parts.relation, outer_});
  ARROW_ASSIGN_OR_RAISE(const TypedExpression condition, both.Resolve(shared));
  ARROW_RETURN_NOT_OK(CheckCondition(condition));
  return condition.expression;
}

Status Subqueries::AddCondition(const UnresolvedExpression& subquery, bool negated) {
  Join join;
  join.type = negated ? JoinType::kLeftAnti : JoinType::kLeftSemi;
  ExpressionPtr value;
  auto whole = WithoutStream(resolve_(subquery.subquery));
  if (whole.ok()) {
    join.plan = whole->plan;
    if (subquery.name == "in" && whole->output().size() == 1) {
      value = ToReference(whole->output()[0]);
    }
  } else if (IsUnresolvedColumn(whole.status()) && MayLookOutside(*subquery.subquery)) {
    if (subquery.subquery->kind == LogicalKind::kAggregate ||
        ContainsAggregate(*subquery.subquery->expressions[0], *context_->functions)) {
      return Unsupported("an aggregating subquery behind IN or EXISTS that looks outside");
    }
    auto split = Split(*subquery.subquery);
    if (!split.ok()) return split.status();
    join.plan = split->relation.plan;
    auto shared = SharedCondition(*split);
    // A name that is nowhere: the error of the subquery tells more.
    if (!shared.ok()) return shared.status();
    join.condition = *shared;
    if (subquery.name == "in" && subquery.subquery->expressions.size() == 1) {
      ExpressionResolver inner(context_, {&split->relation});
      UnresolvedPtr item = subquery.subquery->expressions[0];
      if (item->kind == UnresolvedKind::kAlias) item = item->children[0];
      ARROW_ASSIGN_OR_RAISE(const TypedExpression selected, inner.Resolve(item));
      value = selected.expression;
    }
  } else {
    return whole.status();
  }
  if (subquery.name == "in") {
    if (!value) return Unsupported("IN with a subquery of several columns");
    ExpressionResolver outer(context_, {outer_});
    ARROW_ASSIGN_OR_RAISE(const TypedExpression left, outer.Resolve(subquery.children[0]));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal,
                          context_->functions->Call("=", {left.expression, value}, context_->bind));
    // NOT IN is true only if no comparison is true or unknown.
    if (negated && equal->nullable()) {
      ARROW_ASSIGN_OR_RAISE(
          equal, context_->functions->Call(
                     "coalesce", {equal, MakeLiteral(std::make_shared<arrow::BooleanScalar>(true))},
                     context_->bind));
    }
    join.condition = join.condition ? MakeAnd(join.condition, equal) : equal;
  }
  joins_.push_back(std::move(join));
  return Status::OK();
}

Result<UnresolvedPtr> Subqueries::TakeConjuncts(const UnresolvedPtr& condition) {
  std::vector<UnresolvedPtr> conjuncts, rest;
  SplitUnresolved(condition, &conjuncts);
  for (const UnresolvedPtr& conjunct : conjuncts) {
    const bool negated = conjunct->kind == UnresolvedKind::kFunction && conjunct->name == "not" &&
                         conjunct->children[0]->kind == UnresolvedKind::kSubquery;
    const UnresolvedPtr& inner = negated ? conjunct->children[0] : conjunct;
    if (inner->kind == UnresolvedKind::kSubquery && inner->name != "scalar") {
      ARROW_RETURN_NOT_OK(AddCondition(*inner, negated));
    } else {
      rest.push_back(conjunct);
    }
  }
  return rest.size() == conjuncts.size() ? condition : Conjunction(rest);
}

Result<TypedExpression> Subqueries::Add(const UnresolvedExpression& subquery) {
  if (subquery.name == "scalar") return AddScalar(subquery);
  if (subquery.name != "exists") {
    return Unsupported("IN with a subquery, but for a condition of WHERE joined by AND");
  }
  auto limited = NewLogicalPlan(LogicalKind::kLimit, {subquery.subquery});
  limited->number = 1;
  ARROW_ASSIGN_OR_RAISE(const Relation relation, WithoutStream(resolve_(limited)));
  ARROW_ASSIGN_OR_RAISE(
      NamedAggregate rows,
      Aggregated("count", MakeLiteral(std::make_shared<arrow::Int32Scalar>(1)), *context_));
  const ExpressionPtr count = ToReference(rows.attribute);
  joins_.push_back(
      {MakeAggregate(relation.plan, {}, {std::move(rows)}), JoinType::kCross, nullptr});
  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr any,
      context_->functions->Call(">", {count, MakeLiteral(std::make_shared<arrow::Int64Scalar>(0))},
                                context_->bind));
  return TypedExpression{std::move(any), "exists()"};
}

Result<TypedExpression> Subqueries::AddScalar(const UnresolvedExpression& subquery) {
  const auto whole = WithoutStream(resolve_(subquery.subquery));
  if (!whole.ok()) {
    const bool outside = IsUnresolvedColumn(whole.status());
    if (!outside) return whole.status();
    if (!MayLookOutside(*subquery.subquery) ||
        !IsGlobalAggregate(*subquery.subquery, *context_->functions)) {
      return whole.status();
    }
    return AddCorrelated(*subquery.subquery);
  }
  if (whole->output().size() != 1) {
    return AnalysisError(
        "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
        "A subquery used as a value has one column; this one has " +
            std::to_string(whole->output().size()),
        {{"number", std::to_string(whole->output().size())}});
  }
  const Attribute& column = whole->output()[0];
  ARROW_ASSIGN_OR_RAISE(NamedAggregate value, Aggregated("first", ToReference(column), *context_));
  ARROW_ASSIGN_OR_RAISE(
      NamedAggregate rows,
      Aggregated("count", MakeLiteral(std::make_shared<arrow::Int32Scalar>(1)), *context_));
  NamedExpression only =
      Computed(std::make_shared<OnlyRow>(ToReference(value.attribute), ToReference(rows.attribute)),
               column.name);
  const ExpressionPtr reference = ToReference(only.attribute);
  std::vector<NamedAggregate> aggregates;
  aggregates.push_back(std::move(value));
  aggregates.push_back(std::move(rows));
  ResolvedPlanPtr one = MakeAggregate(whole->plan, {}, std::move(aggregates));
  joins_.push_back({MakeProject(std::move(one), {std::move(only)}), JoinType::kCross, nullptr});
  return TypedExpression{reference, "scalarsubquery()"};
}

// SELECT f(…) FROM r WHERE r.k = outer.k: f by k, joined.
Result<TypedExpression> Subqueries::AddCorrelated(const LogicalPlan& aggregate) {
  ARROW_ASSIGN_OR_RAISE(const Parts parts, Split(aggregate));
  auto filter = NewLogicalPlan(LogicalKind::kFilter, {aggregate.children[0]->children[0]});
  auto grouped = NewLogicalPlan(LogicalKind::kAggregate, {filter->children[0]});
  if (const UnresolvedPtr own = Conjunction(parts.own)) {
    filter->expressions = {own};
    grouped->children = {filter};
  }
  grouped->select_list = true;
  UnresolvedPtr item = aggregate.expressions[0];
  if (item->kind == UnresolvedKind::kAlias) item = item->children[0];
  const bool counts = item->kind == UnresolvedKind::kFunction && ToLower(item->name) == "count";
  grouped->expressions = {UnresolvedAlias(item, {"value"})};
  std::vector<ExpressionPtr> outside;
  for (const UnresolvedPtr& shared : parts.shared) {
    if (shared->kind != UnresolvedKind::kFunction || shared->name != "==") {
      return Unsupported("a scalar subquery that looks outside by another condition than =");
    }
    bool found = false;
    for (size_t inner = 0; inner < 2 && !found; ++inner) {
      ExpressionResolver own(context_, {&parts.relation}), outer(context_, {outer_});
      const auto key = own.Resolve(shared->children[inner]);
      if (!key.ok()) continue;
      auto other = outer.Resolve(shared->children[1 - inner]);
      if (!other.ok()) return other.status();
      grouped->groupings.push_back(shared->children[inner]);
      grouped->expressions.push_back(
          UnresolvedAlias(shared->children[inner], {"key" + std::to_string(outside.size())}));
      outside.push_back(other->expression);
      found = true;
    }
    if (!found) return Unsupported("a scalar subquery that looks outside by such a condition");
  }
  ARROW_ASSIGN_OR_RAISE(const Relation relation, WithoutStream(resolve_(grouped)));
  Join join{relation.plan, JoinType::kLeftOuter, nullptr};
  for (size_t i = 0; i < outside.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr equal,
        context_->functions->Call("=", {outside[i], ToReference(relation.output()[i + 1])},
                                  context_->bind));
    join.condition = join.condition ? MakeAnd(join.condition, equal) : equal;
  }
  Attribute value = relation.output()[0];
  value.nullable = true;
  joins_.push_back(std::move(join));
  ExpressionPtr result = ToReference(value);
  if (counts) {  // of no rows
    ARROW_ASSIGN_OR_RAISE(
        result, context_->functions->Call(
                    "coalesce", {result, MakeLiteral(std::make_shared<arrow::Int64Scalar>(0))},
                    context_->bind));
  } else if (item->kind != UnresolvedKind::kFunction) {
    return Unsupported("a scalar subquery that looks outside and computes with an aggregate");
  }
  return TypedExpression{std::move(result), "scalarsubquery()"};
}

Result<ResolvedPlanPtr> Subqueries::Apply(ResolvedPlanPtr child) const {
  for (const Join& join : joins_) {
    child = MakeJoin(std::move(child), join.plan, join.type, join.condition);
  }
  return child;
}

}  // namespace headrace
