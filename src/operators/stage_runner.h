// Runs the stages of a plan for one micro-batch.
//
// A stage begins on the calling thread. Only when it turns out to have much to do does it go on in
// tasks of the pool, so that small batches cost no wake-up. A result that fills up stops the tasks;
// the calling thread drains it, and they go on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/stage.h"

namespace headrace {

class StageRunner {
 public:
  StageRunner(const InstanceOptions& options, const BatchContext& context,
              std::vector<PartitionReaders>* inputs, ResultConsumer* consumer, RunMetrics* metrics)
      : options_(options),
        context_(context),
        inputs_(inputs),
        consumer_(consumer),
        metrics_(metrics) {}

  Status Run(Stage* stage);

 private:
  struct Reading;
  struct Worker;

  PartitionReaders ReadersOf(const Branch& branch);
  Status RunReaders(const Stage& stage, Branch* branch, PartitionReaders readers, int first);
  Status RunExchange(const Stage& stage, Branch* branch, int first);
  Result<OperatorChain*> BeginChain(const Stage& stage, Branch* branch, int chain);
  Status Work(Reading* reading, Worker* worker, bool briefly);
  // Closes a source partition unless it is closed already.
  Status End(OperatorChain* chain, int partition);

  const InstanceOptions& options_;
  const BatchContext& context_;
  std::vector<PartitionReaders>* inputs_;
  ResultConsumer* consumer_;
  RunMetrics* metrics_;
  // Of the running stage. A source partition is closed by the task that reads it.
  std::vector<OperatorChain*> active_;
  std::vector<uint8_t> ended_;
};

// The operators of a branch for one partition.
Result<std::unique_ptr<OperatorChain>> MakeChain(const Stage& stage, const Branch& branch,
                                                 int partition, StateStoreProvider* state);

}  // namespace headrace
