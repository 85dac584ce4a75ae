// A plan cut at its exchanges into stages that run one after the other.
#pragma once

#include <memory>
#include <vector>

#include "operators/observed_metrics.h"
#include "operators/operator_chain.h"
#include "operators/plan_instance.h"
#include "operators/side_input.h"

namespace headrace {

// One way into a stage: a source and the operators above it. A union has several.
struct Branch {
  enum class Source { kScan, kLocalData, kRange, kExchange };
  Source source = Source::kScan;
  PhysicalNodePtr leaf;          // kScan, kLocalData, kRange
  Exchange* exchange = nullptr;  // kExchange
  std::vector<ChainNode> nodes;  // lowest first
  // kExchange: one for each partition, made with the plan. Others: one for each task, as needed.
  std::vector<std::unique_ptr<OperatorChain>> chains;
  // Operators give output only while they get input, so a source partition can be closed early.
  bool streams = false;
  // Nothing was run yet: stores are opened, perhaps from disk.
  bool cold = true;
};

struct Stage {
  std::vector<Branch> branches;
  Exchange* output = nullptr;  // null: the result
  SchemaPtr result_schema;
  SideInput* side = nullptr;  // also given the rows of `output`, partition 0
  // An initial state: only the first batch has it, and `side` is given all partitions.
  bool is_initial_state = false;
};

// Everything that lives as long as the plan's instance.
struct StagedPlan {
  std::shared_ptr<const PhysicalPlan> plan;
  PhysicalNodePtr root;
  std::vector<Stage> stages;  // in the order of running; the last gives the result
  std::vector<std::unique_ptr<Exchange>> exchanges;
  std::vector<std::unique_ptr<SideInput>> sides;
  std::vector<std::unique_ptr<ObservedMetrics>> observed;
  int watermark_count = 0;
};

Result<std::unique_ptr<StagedPlan>> CutIntoStages(std::shared_ptr<const PhysicalPlan> plan,
                                                  int shuffle_partitions);

}  // namespace headrace
