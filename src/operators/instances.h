// Makes operator instances from nodes of the physical plan.
#pragma once

#include <memory>

#include "operators/operator.h"
#include "operators/rows.h"
#include "plan/physical_plan.h"

namespace headrace {

class Exchange;
class ObservedMetrics;
class SideInput;

// Where an instance runs.
struct OperatorSite {
  int partition = 0;
  StateStoreProvider* state = nullptr;
  SideInput* side = nullptr;            // joins, intersect, except: all rows of the second child
  Exchange* second = nullptr;           // kStreamJoin: the rows of the second child, by partition
  ObservedMetrics* observed = nullptr;  // kCollectMetrics
  int watermark_ordinal = -1;           // kWatermark: its place in RunMetrics::event_times
  std::vector<uint8_t> columns_read;    // kFilter: see ChainNode
};

// Nodes with an instance of their own: all but sources, exchanges and unions.
Result<std::unique_ptr<Operator>> MakeOperator(const PhysicalNodePtr& node,
                                               const OperatorSite& site);

using OperatorPtr = std::unique_ptr<Operator>;
OperatorPtr MakeProject(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeFilter(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeGenerate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePartialAggregate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeFinalAggregate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeStatefulAggregate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePaneAggregate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeSessionAggregate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeStatefulSessionAggregate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeDeduplicate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeStatefulDeduplicate(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeSort(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeLimit(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeStatefulLimit(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeOffset(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeTail(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeWatermark(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeSample(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeCollectMetrics(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeHashJoin(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeNestedLoopJoin(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeStreamJoin(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeWindow(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePython(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeGroupsWithState(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakeSetOperation(const PhysicalNode& node, const OperatorSite& site);

// What expressions may know of the batch.
EvaluationContext EvaluationFor(const BatchContext& batch, int partition);

}  // namespace headrace
