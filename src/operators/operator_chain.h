// The operator instances of one stage for one partition, joined into a push pipeline.
#pragma once

#include <memory>
#include <vector>

#include "operators/exchange.h"
#include "operators/instances.h"

namespace headrace {

// A node of a stage, lowest first, with the rows of its second child if it has one.
struct ChainNode {
  PhysicalNodePtr node;
  SideInput* side = nullptr;
  Exchange* second = nullptr;  // kStreamJoin
  ObservedMetrics* observed = nullptr;
  int watermark_ordinal = -1;
  // kFilter: one byte a column, 0 where no operator above reads it; empty: all are read.
  std::vector<uint8_t> columns_read;
};

class OperatorChain {
 public:
  static Result<std::unique_ptr<OperatorChain>> Make(const std::vector<ChainNode>& nodes,
                                                     int partition, StateStoreProvider* state,
                                                     std::unique_ptr<StageOutput> output);

  Status Begin(const BatchContext& context);
  // What is pushed from here on comes from this source partition of the stage.
  void BeginSource(int partition);
  Status Push(BatchPtr batch);
  Status Finish();
  // No operator needs more input in this micro-batch.
  bool satisfied() const;

  StageOutput* output() const { return output_.get(); }
  const std::vector<OperatorPtr>& operators() const { return operators_; }

 private:
  // Hands a batch to the operator above.
  class Link final : public BatchOutput {
   public:
    Link(Operator* next, BatchOutput* next_output) : next_(next), next_output_(next_output) {}
    Status Push(BatchPtr batch) override;
    const CancellationToken* cancellation = nullptr;

   private:
    Operator* next_;
    BatchOutput* next_output_;
  };

  OperatorChain() = default;
  BatchOutput* Above(size_t i) const;

  std::unique_ptr<StageOutput> output_;
  std::vector<OperatorPtr> operators_;
  std::vector<int> operator_ids_;             // of stateful operators, -1 of others
  std::vector<std::unique_ptr<Link>> links_;  // links_[i] feeds operators_[i]
  std::vector<Operator*> may_satisfy_;
};

}  // namespace headrace
