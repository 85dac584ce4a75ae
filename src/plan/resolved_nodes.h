// Makers of resolved plan nodes: they derive the output from children and arguments.
//
// Analyser and optimiser build every node through these, so that the rule how an operator's output
// follows from its input stands in one place.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "plan/resolved_plan.h"

namespace headrace {

using AttributeSet = std::unordered_set<int64_t>;

ResolvedPlanPtr MakeProject(ResolvedPlanPtr child, std::vector<NamedExpression> projections);
ResolvedPlanPtr MakeFilter(ResolvedPlanPtr child, ExpressionPtr condition);
ResolvedPlanPtr MakeAggregate(ResolvedPlanPtr child, std::vector<NamedExpression> groupings,
                              std::vector<NamedAggregate> aggregates);
// `generated` are the attributes of the generator's columns.
ResolvedPlanPtr MakeGenerate(ResolvedPlanPtr child, BoundGenerator generator,
                             std::vector<Attribute> generated);
ResolvedPlanPtr MakeSort(ResolvedPlanPtr child, std::vector<SortOrder> orders, bool global);
// kLimit, kOffset, kTail.
ResolvedPlanPtr MakeCounted(ResolvedKind kind, ResolvedPlanPtr child, int64_t number);
ResolvedPlanPtr MakeJoin(ResolvedPlanPtr left, ResolvedPlanPtr right, JoinType type,
                         ExpressionPtr condition);
// kUnion, kIntersect, kExcept; the children's columns have equal types.
ResolvedPlanPtr MakeSetOperation(ResolvedKind kind, std::vector<ResolvedPlanPtr> children,
                                 bool all);
ResolvedPlanPtr MakeDeduplicate(ResolvedPlanPtr child, std::vector<int64_t> keys,
                                bool within_watermark);
ResolvedPlanPtr MakeDistinct(ResolvedPlanPtr child);
ResolvedPlanPtr MakeWatermark(ResolvedPlanPtr child, int64_t event_time, int64_t delay_us);

// A copy over other children, with the output that follows from them. Leaves come back as they are.
ResolvedPlanPtr WithChildren(const ResolvedPlanPtr& plan, std::vector<ResolvedPlanPtr> children);

// A column passed on as it is, or under another name (a new identity then).
NamedExpression PassThrough(const Attribute& attribute);
NamedExpression Renamed(const Attribute& attribute, std::string name);
std::vector<NamedExpression> PassThrough(const std::vector<Attribute>& attributes);
// A computed column with a fresh identity.
NamedExpression Computed(ExpressionPtr expression, std::string name);

// Columns of these names and types, with fresh identities.
std::vector<Attribute> AttributesOf(const arrow::Schema& schema);

const Attribute* FindAttribute(const std::vector<Attribute>& attributes, int64_t id);
AttributeSet IdsOf(const std::vector<Attribute>& attributes);
void CollectReferences(const ExpressionPtr& expression, AttributeSet* ids);
AttributeSet ReferencesOf(const ExpressionPtr& expression);
bool IsSubset(const AttributeSet& part, const AttributeSet& whole);

// Equal values for equal rows: same tree, same types, deterministic.
bool SameExpression(const Expression& left, const Expression& right);
// A copy with every expression of the node replaced by f's result; the output stays.
ResolvedPlanPtr MapExpressions(const ResolvedPlanPtr& plan,
                               const std::function<ExpressionPtr(const ExpressionPtr&)>& f);
// Children first, then the node itself; f returns the node to keep it.
ResolvedPlanPtr RewriteBottomUp(const ResolvedPlanPtr& plan,
                                const std::function<ResolvedPlanPtr(const ResolvedPlanPtr&)>& f);
// Calls `visit` for the node and then for everything below it.
void VisitPlan(const ResolvedPlan& plan, const std::function<void(const ResolvedPlan&)>& visit);
// References to these columns replaced by what computes them.
using Substitution = std::unordered_map<int64_t, ExpressionPtr>;
Substitution DefinitionsOf(const std::vector<NamedExpression>& projections);
ExpressionPtr Substitute(const ExpressionPtr& expression, const Substitution& definitions);

// The expressions of a node (projections, condition, groupings, …).
void VisitExpressions(const ResolvedPlan& plan,
                      const std::function<void(const ExpressionPtr&)>& visit);

}  // namespace headrace
