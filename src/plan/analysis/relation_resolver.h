// Unresolved relations to resolved ones, one method an operator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/analysis/aggregate_scope.h"
#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/relation.h"

namespace headrace {

class RelationResolver {
 public:
  explicit RelationResolver(const AnalyzerContext* context) : context_(context) {}

  // What is resolved is a subquery of an operator with these inputs, which live as long.
  void LookOutside(std::vector<const Relation*> outer) { outer_ = std::move(outer); }
  Result<Relation> Resolve(const LogicalPlanPtr& plan);

 private:
  Result<Relation> ResolveOperator(const LogicalPlanPtr& plan);

  // leaf_relations.cc
  Result<Relation> ResolveRead(const LogicalPlanPtr& plan);
  // `source`: the node whose identity the read has, itself or the reference to a table.
  Result<Relation> ResolveReadOf(const LogicalPlanPtr& plan, const LogicalPlan& source);
  Result<Relation> ResolveTable(const LogicalPlanPtr& plan);
  Result<Relation> ResolveLocalData(const LogicalPlan& plan);
  Result<Relation> ResolveRange(const LogicalPlan& plan);
  // What a SELECT without FROM reads: one row without columns.
  Result<Relation> ResolveOneRow();
  Result<Relation> ResolveCached(const LogicalPlan& plan);
  Result<Relation> ResolveCatalog(const LogicalPlanPtr& plan);

  // projections.cc
  Result<Relation> ResolveProject(const LogicalPlan& plan);
  Result<Relation> ResolveWithColumns(const LogicalPlan& plan);
  Result<Relation> ResolveCollectMetrics(const LogicalPlan& plan);
  Result<Relation> ResolveLateralView(const LogicalPlan& plan);
  // One operator's select list; `passed` columns stand before it.
  struct SelectList;
  Status ResolveSelectList(const std::vector<UnresolvedPtr>& expressions,
                           ExpressionResolver* resolver, SelectList* list);
  Result<ResolvedPlanPtr> ProjectSelectList(ResolvedPlanPtr child, SelectList list);

  // column_lists.cc
  Result<Relation> ResolveToDf(const LogicalPlan& plan);
  Result<Relation> ResolveRenameColumns(const LogicalPlan& plan);
  Result<Relation> ResolveDrop(const LogicalPlan& plan);
  Result<Relation> ResolveToSchema(const LogicalPlan& plan);
  Result<Relation> ResolveAlias(const LogicalPlan& plan);

  // aggregate_resolution.cc
  Result<Relation> ResolveAggregate(const LogicalPlan& plan);

  // sorts_and_filters.cc
  Result<Relation> ResolveFilter(const LogicalPlan& plan);
  Result<Relation> ResolveSort(const LogicalPlan& plan);
  Result<Relation> ResolveCounted(const LogicalPlan& plan);
  Result<Relation> ResolveSample(const LogicalPlan& plan);
  Result<Relation> ResolveDeduplicate(const LogicalPlan& plan);
  Result<Relation> ResolveWatermark(const LogicalPlan& plan);

  Result<Relation> ResolveUnpivot(const LogicalPlan& plan);    // unpivot.cc
  Result<Relation> ResolveDescribe(const LogicalPlan& plan);   // descriptions.cc
  Result<Relation> ResolveTranspose(const LogicalPlan& plan);  // transpose.cc

  // statistics.cc
  Result<Relation> ResolveStatistic(const LogicalPlan& plan);
  Result<LogicalPlanPtr> Comoment(const LogicalPlan& plan);
  Result<LogicalPlanPtr> ApproximateQuantiles(const LogicalPlan& plan);
  Result<LogicalPlanPtr> CrossTable(const LogicalPlan& plan);
  Result<LogicalPlanPtr> FrequentItems(const LogicalPlan& plan);
  Result<LogicalPlanPtr> SampleByGroup(const LogicalPlan& plan);

  // python_functions.cc
  Result<Relation> ResolveMapPython(const LogicalPlan& plan);
  Result<Relation> ResolveGroupMapPython(const LogicalPlan& plan);
  Result<Relation> ResolveCogroups(const LogicalPlan& plan);
  Result<Relation> ResolveTableFunction(const LogicalPlan& plan);    // table_functions.cc
  Result<Relation> ResolveGroupsWithState(const LogicalPlan& plan);  // groups_with_state.cc

  // joins.cc
  Result<Relation> ResolveJoin(const LogicalPlan& plan);
  Result<Relation> ResolveLateralJoin(const LogicalPlan& plan);  // lateral_joins.cc

  // set_operations.cc
  Result<Relation> ResolveSetOperation(const LogicalPlan& plan);

  // null_handling.cc
  Result<Relation> ResolveFillNa(const LogicalPlan& plan);
  Result<Relation> ResolveDropNa(const LogicalPlan& plan);
  Result<Relation> ResolveReplaceNa(const LogicalPlan& plan);

  Result<Relation> ResolveChild(const LogicalPlan& plan) { return Resolve(plan.children[0]); }
  // A relation for its types alone: nobody refers to its columns.
  Result<Relation> Preview(const LogicalPlanPtr& plan);
  // The columns that the names mean; UNRESOLVED_COLUMN. Empty names: all.
  Result<std::vector<Attribute>> ColumnsNamed(const std::vector<std::string>& names,
                                              const std::vector<Attribute>& output) const;

  const AnalyzerContext* context_;
  std::vector<const Relation*> outer_;
  // Where a resolved child leaves its origin for its parent.
  std::vector<PlanOriginPtr>* origins_ = nullptr;
  // Reads with one plan_id, or of one shared node, are one source.
  std::map<int64_t, int64_t> relation_of_plan_id_;
  std::map<const LogicalPlan*, int64_t> relation_of_node_;
};

// A relation over `plan` whose columns below stay reachable as far as `below` allows.
Relation Above(const Relation& below, ResolvedPlanPtr plan);
// The same for operators that pass their input's columns on.
Relation Passing(const Relation& below, ResolvedPlanPtr plan);
// A relation through which sort and filter cannot reach.
Relation Closed(ResolvedPlanPtr plan);

// Casts and fresh names so that the output has the given types; null when nothing changes.
Result<std::vector<NamedExpression>> CastColumns(const std::vector<Attribute>& columns,
                                                 const std::vector<DataTypePtr>& types,
                                                 const AnalyzerContext& context);
bool IsIdentity(const std::vector<NamedExpression>& projections,
                const std::vector<Attribute>& input);

}  // namespace headrace
