// From resolved nodes to physical ones: columns by identity become columns by position.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "plan/join_keys.h"
#include "plan/physical_plan.h"
#include "plan/resolved_nodes.h"

namespace headrace {

using MutableNode = std::shared_ptr<PhysicalNode>;

// A physical node and the identities of its columns.
struct Lowered {
  MutableNode node;
  std::vector<Attribute> output;
};

class PhysicalPlanner {
 public:
  explicit PhysicalPlanner(const PlannerOptions& options) : options_(options) {}

  Result<std::shared_ptr<const PhysicalPlan>> Plan(const ResolvedPlanPtr& optimized);

 private:
  Result<Lowered> Lower(const ResolvedPlanPtr& plan);
  // planner.cc
  Result<Lowered> LowerScan(const ResolvedPlan& plan);
  Result<Lowered> LowerLeaf(const ResolvedPlan& plan);
  Result<Lowered> LowerProject(const ResolvedPlan& plan);
  Result<Lowered> LowerFilter(const ResolvedPlan& plan);
  // `required`: the child's columns that are used above; null: all.
  Result<Lowered> LowerGenerate(const ResolvedPlan& plan, const AttributeSet* required);
  Result<Lowered> LowerSort(const ResolvedPlan& plan);
  Result<Lowered> LowerCounted(const ResolvedPlan& plan);
  Result<Lowered> LowerWatermark(const ResolvedPlan& plan);
  Result<Lowered> LowerSample(const ResolvedPlan& plan);
  Result<Lowered> LowerCollectMetrics(const ResolvedPlan& plan);
  Result<Lowered> LowerPython(const ResolvedPlan& plan);  // python_planner.cc
  Result<Lowered> LowerWindow(const ResolvedPlan& plan);  // window_planner.cc
  Result<Lowered> LowerSetOperation(const ResolvedPlan& plan);
  // aggregate_planner.cc
  Result<Lowered> LowerAggregate(const ResolvedPlan& plan);
  Result<std::optional<Lowered>> PaneAggregate(const ResolvedPlan& plan);
  Result<Lowered> LowerDistinct(const ResolvedPlan& plan);
  Result<Lowered> LowerDeduplicate(const ResolvedPlan& plan);
  // except_planner.cc
  Result<Lowered> LowerStreamingExcept(const ResolvedPlan& plan);
  Result<Lowered> LowerGroupsWithState(const ResolvedPlan& plan);  // group_function_planner.cc
  // join_planner.cc
  Result<Lowered> LowerJoin(const ResolvedPlan& plan);
  // stream_join_planner.cc
  Result<Lowered> LowerStreamJoin(const ResolvedPlan& plan, const JoinKeys& keys);
  Status CheckEventTimes(const ResolvedPlan& side) const;

  // The first of what Spark finds out only when it plans the first batch.
  void FailFirstBatch(Status failure) { failure_ &= std::move(failure); }

  bool CountsOverBatches(const ResolvedPlan& plan) const;
  void NumberStatefulOperators(const MutableNode& node);

  PlannerOptions options_;
  std::vector<PhysicalScan> scans_;
  std::map<int64_t, int> ordinal_of_relation_;
  int stateful_operators_ = 0;
  bool has_watermark_ = false;
  Status failure_;
  Status watermark_failure_;
};

// References by identity to references by position in `input`.
Result<ExpressionPtr> Bind(const ExpressionPtr& expression, const std::vector<Attribute>& input);
Result<std::vector<ExpressionPtr>> Bind(const std::vector<ExpressionPtr>& expressions,
                                        const std::vector<Attribute>& input);
Result<PhysicalAggregate> Bind(const NamedAggregate& aggregate,
                               const std::vector<Attribute>& input);
// Position of the column in `input`; an error of ours when it is not there.
Result<int> PositionOf(int64_t id, const std::vector<Attribute>& input);

SchemaPtr PhysicalSchema(const std::vector<Attribute>& output);
// The positions of a join's keys in the side's columns; computed keys are added behind them.
Result<std::vector<int>> PlaceKeys(const std::vector<ExpressionPtr>& keys, Lowered* side);
// A node with the child's columns.
Lowered PassingNode(PhysicalKind kind, Lowered child);
Lowered ExchangeToSingle(Lowered child);
Lowered ExchangeByHash(Lowered child, std::vector<int> keys);
Lowered Broadcast(Lowered child);
// A projection to `expressions` (bound to the child).
Lowered ProjectNode(Lowered child, std::vector<ExpressionPtr> expressions,
                    std::vector<Attribute> output);

}  // namespace headrace
