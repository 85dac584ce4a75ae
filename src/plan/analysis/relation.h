// What the analyser knows of a resolved relation beyond its plan.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "plan/resolved_nodes.h"
#include "plan/resolved_plan.h"

namespace headrace {

// The shape of the unresolved tree with the resolved output of each node: columns that a client
// asks for by relation (plan_id) are looked up here.
struct PlanOrigin {
  std::optional<int64_t> plan_id;
  ResolvedPlanPtr plan;
  std::vector<Attribute> hidden;  // as in Relation
  bool is_union = false;
  std::vector<std::shared_ptr<const PlanOrigin>> children;
};
using PlanOriginPtr = std::shared_ptr<const PlanOrigin>;

struct AggregateScope;

struct Relation {
  ResolvedPlanPtr plan;
  PlanOriginPtr origin;
  // Sort and filter may reach columns that projections below them dropped, down to this node but
  // not through it (an alias, a distinct, a union); null: not past `plan` itself.
  ResolvedPlanPtr boundary;
  // Set when the relation is an aggregate (perhaps with HAVING): ORDER BY may add aggregates.
  std::shared_ptr<const AggregateScope> aggregate;

  // Columns that stay reachable by relation or qualifier though they are not in the output: the
  // other side's key after a join USING.
  std::vector<Attribute> hidden;

  // Within a subquery: the inputs of the operator around it, whose columns names may mean that the
  // relations of the subquery do not have.
  std::vector<const Relation*> outer;

  const std::vector<Attribute>& output() const { return plan->output; }
};

}  // namespace headrace
