#include "plan/analyzer.h"

#include "plan/analysis/relation_resolver.h"

namespace headrace {

Result<ResolvedPlanPtr> Analyze(const LogicalPlanPtr& plan, const AnalyzerContext& context) {
  RelationResolver resolver(&context);
  ARROW_ASSIGN_OR_RAISE(Relation relation, resolver.Resolve(plan));
  return relation.plan;
}

}  // namespace headrace
