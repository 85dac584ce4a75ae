// LATERAL (SELECT …): a join whose right side is a subquery over the columns of the left one.
#include <utility>

#include "plan/analysis/decorrelation.h"
#include "plan/analysis/outer_reference.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/conjuncts.h"

namespace headrace {
namespace {

// The right side's columns as expressions behind the join, where some are computed of the left row
// and some have another value where no row matched.
class LateralColumns {
 public:
  LateralColumns(const AnalyzerContext* context, Decorrelated* part, bool outer)
      : context_(context), part_(part) {
    // Behind the join the columns that change keep their identity, so below it they have others.
    std::vector<NamedExpression> below;
    for (const Attribute& column : part->plan->output) {
      const bool changes = part->of_nothing && part->of_nothing->contains(column.id);
      below.push_back(changes ? Renamed(column, column.name) : PassThrough(column));
      if (!changes) continue;
      Attribute renamed = below.back().attribute;
      renamed.nullable = true;
      found_.emplace(column.id, ToReference(renamed));
    }
    if (part->of_nothing || (outer && !part->computed.empty())) {
      below.push_back(
          Computed(MakeLiteral(std::make_shared<arrow::BooleanScalar>(true)), "matched"));
      matched_ = below.back().attribute;
      matched_->nullable = true;
    }
    for (const auto& [id, value] : part->computed) found_.emplace(id, Substitute(value, found_));
    if (matched_) part->plan = MakeProject(std::move(part->plan), std::move(below));
  }

  // Of the row around and the rows that match it.
  Result<ExpressionPtr> Value(const Attribute& column) const {
    const auto known = found_.find(column.id);
    if (known == found_.end()) return ToReference(column);
    const ExpressionPtr found = FromOutside(known->second);
    if (!matched_) return found;
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr matched,
        context_->functions->Call("isnotnull", {ToReference(*matched_)}, context_->bind));
    std::vector<ExpressionPtr> branches = {std::move(matched), found};
    if (part_->of_nothing) branches.push_back(FromOutside(part_->of_nothing->at(column.id)));
    return MakeCaseWhen(std::move(branches), column.type);
  }

 private:
  const AnalyzerContext* context_;
  const Decorrelated* part_;
  std::optional<Attribute> matched_;
  Substitution found_;  // the changing columns where a row matched
};

}  // namespace

Result<Relation> RelationResolver::ResolveLateralJoin(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const Relation left, Resolve(plan.children[0]));
  const std::vector<const Relation*> outer = {&left};
  RelationResolver inner(context_);
  inner.LookOutside(outer);
  inner.origins_ = origins_;
  ARROW_ASSIGN_OR_RAISE(const Relation right, inner.Resolve(plan.children[1]));
  if (IsStreaming(*right.plan)) return NotSupported("LATERAL over a stream", "Join the streams.");
  ARROW_ASSIGN_OR_RAISE(Decorrelated part, Decorrelation(context_, outer).Run(right.plan));

  ExpressionPtr condition;
  if (!plan.expressions.empty()) {
    ExpressionResolver resolver(context_, {&left, &right});
    ARROW_ASSIGN_OR_RAISE(const TypedExpression resolved, resolver.Resolve(plan.expressions[0]));
    ARROW_RETURN_NOT_OK(CheckCondition(resolved));
    condition = resolved.expression;
  }
  const bool outer_join = plan.join_type == JoinType::kLeftOuter;
  const bool always_a_row = part.of_nothing.has_value();
  const LateralColumns columns(context_, &part, outer_join);
  Substitution values;
  for (const Attribute& column : right.output()) {
    ARROW_ASSIGN_OR_RAISE(values[column.id], columns.Value(column));
  }
  std::vector<ExpressionPtr> joined_by;
  for (const ExpressionPtr& each : part.conditions) joined_by.push_back(FromOutside(each));
  // A row that an aggregate always gives is looked at behind the join, any other while joining.
  const ExpressionPtr wanted = condition ? Substitute(condition, values) : nullptr;
  if (wanted && !always_a_row) {
    Substitution matching;
    for (const auto& [id, value] : part.computed) matching.emplace(id, FromOutside(value));
    joined_by.push_back(Substitute(condition, matching));
  }
  ExpressionPtr all = JoinConjuncts(joined_by);
  const JoinType type = outer_join || always_a_row ? JoinType::kLeftOuter
                        : all                      ? JoinType::kInner
                                                   : JoinType::kCross;
  ResolvedPlanPtr joined = MakeJoin(left.plan, part.plan, type, std::move(all));
  if (wanted && always_a_row && !outer_join) joined = MakeFilter(std::move(joined), wanted);

  std::vector<NamedExpression> output = PassThrough(left.output());
  for (const Attribute& column : right.output()) {
    if (const Attribute* live = FindAttribute(joined->output, column.id)) {
      output.push_back({ToReference(*live), column});
      output.back().attribute.nullable = live->nullable;
      continue;
    }
    NamedExpression named{values.at(column.id), column};
    if (wanted && always_a_row && outer_join) {
      named.expression = MakeCaseWhen({wanted, named.expression}, column.type);
    }
    named.attribute.nullable = outer_join || named.expression->nullable();
    output.push_back(std::move(named));
  }
  return Closed(MakeProject(std::move(joined), std::move(output)));
}

}  // namespace headrace
