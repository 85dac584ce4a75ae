#include "operators/stage_runner.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

#include "operators/leaf_readers.h"
#include "operators/result_writer.h"

namespace headrace {
namespace {

// Work that is done before other threads are woken up: a wake-up costs some 50 µs.
constexpr int64_t kRowsAlone = 4096;
constexpr std::chrono::microseconds kTimeAlone{300};

}  // namespace

struct StageRunner::Reading {
  Branch* branch;
  PartitionReaders readers;
  int first;               // number of the first reader's partition within the stage
  ResultConsumer* result;  // of the last stage, null in others
  std::atomic<size_t> next{0};
};

struct StageRunner::Worker {
  OperatorChain* chain;
  int current = -1;  // the open reader
  int last = -1;     // the reader that was read before it, if its partition may get more output
  int64_t rows = 0;
  bool done = false;
};

Result<std::unique_ptr<OperatorChain>> MakeChain(const Stage& stage, const Branch& branch,
                                                 int partition, StateStoreProvider* state) {
  std::unique_ptr<StageOutput> output;
  if (stage.output != nullptr) {
    output = stage.output->MakeWriter();
  } else {
    output = std::make_unique<ResultWriter>(stage.result_schema);
  }
  return OperatorChain::Make(branch.nodes, partition, state, std::move(output));
}

Status StageRunner::Run(Stage* stage) {
  if (stage->is_initial_state && context_.batch_id > 0) return Status::OK();
  active_.clear();
  std::vector<PartitionReaders> readers(stage->branches.size());
  std::vector<int> first;
  int partitions = 0;
  for (size_t i = 0; i < readers.size(); ++i) {
    const Branch& branch = stage->branches[i];
    first.push_back(partitions);
    if (branch.source == Branch::Source::kExchange) {
      partitions += branch.exchange->partitions();
    } else {
      readers[i] = ReadersOf(branch);
      partitions += std::max(1, static_cast<int>(readers[i].size()));
    }
    for (const auto& chain : branch.chains) chain->output()->Clear();
  }
  ended_.assign(static_cast<size_t>(partitions), 0);
  if (stage->output == nullptr) ARROW_RETURN_NOT_OK(consumer_->Begin(partitions));

  for (size_t i = 0; i < readers.size(); ++i) {
    Branch* branch = &stage->branches[i];
    ARROW_RETURN_NOT_OK(branch->source == Branch::Source::kExchange
                            ? RunExchange(*stage, branch, first[i])
                            : RunReaders(*stage, branch, std::move(readers[i]), first[i]));
  }

  if (stage->output == nullptr) {
    for (int partition = 0; partition < partitions; ++partition) {
      if (ended_[partition] == 0) ARROW_RETURN_NOT_OK(consumer_->Finish(partition));
    }
    ARROW_RETURN_NOT_OK(consumer_->Drain());
  } else {
    std::vector<ExchangeWriter*> writers;
    for (const OperatorChain* chain : active_) {
      writers.push_back(static_cast<ExchangeWriter*>(chain->output()));
    }
    stage->output->Clear();
    stage->output->Gather(writers);
    if (stage->is_initial_state) {
      std::vector<std::vector<BatchPtr>> rows;
      for (int i = 0; i < stage->output->partitions(); ++i) rows.push_back(stage->output->Take(i));
      stage->side->SetPartitions(std::move(rows));
    } else if (stage->side != nullptr) {
      stage->side->Set(stage->output->Take(0));
    }
  }
  for (const OperatorChain* chain : active_) {
    for (const OperatorPtr& instance : chain->operators()) instance->AddMetrics(metrics_);
  }
  return Status::OK();
}

PartitionReaders StageRunner::ReadersOf(const Branch& branch) {
  switch (branch.source) {
    case Branch::Source::kLocalData:
      return ReadLocalData(*branch.leaf);
    case Branch::Source::kRange:
      return ReadRange(*branch.leaf, options_.pool->thread_count());
    default:
      return std::move((*inputs_)[branch.leaf->scan_index]);
  }
}

Result<OperatorChain*> StageRunner::BeginChain(const Stage& stage, Branch* branch, int number) {
  if (number == static_cast<int>(branch->chains.size())) {
    ARROW_ASSIGN_OR_RAISE(auto made, MakeChain(stage, *branch, number, options_.state));
    branch->chains.push_back(std::move(made));
  }
  OperatorChain* chain = branch->chains[number].get();
  active_.push_back(chain);
  if (stage.output == nullptr) static_cast<ResultWriter*>(chain->output())->Open(consumer_);
  ARROW_RETURN_NOT_OK(chain->Begin(context_));
  return chain;
}

Status StageRunner::End(OperatorChain* chain, int partition) {
  if (ended_[partition] != 0) return Status::OK();
  ended_[partition] = 1;
  return chain->output()->EndSource(partition);
}

Status StageRunner::RunReaders(const Stage& stage, Branch* branch, PartitionReaders readers,
                               int first) {
  Reading reading{branch, std::move(readers), first, stage.output == nullptr ? consumer_ : nullptr};
  const size_t count = reading.readers.size();
  std::vector<Worker> workers(1);
  ARROW_ASSIGN_OR_RAISE(workers[0].chain, BeginChain(stage, branch, 0));
  ARROW_RETURN_NOT_OK(Work(&reading, &workers[0], true));
  const size_t left = count - std::min(count, reading.next.load());
  const auto threads = static_cast<size_t>(std::max(1, options_.pool->thread_count()));
  if (!workers[0].done && left > 0) {
    workers.resize(std::min(threads, left + 1));
    for (size_t i = 1; i < workers.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(workers[i].chain, BeginChain(stage, branch, static_cast<int>(i)));
    }
  }
  for (;;) {
    if (reading.result != nullptr) ARROW_RETURN_NOT_OK(reading.result->Drain());
    std::vector<std::function<Status()>> tasks;
    for (Worker& worker : workers) {
      if (worker.done) continue;
      tasks.push_back([this, &reading, &worker] { return Work(&reading, &worker, false); });
    }
    if (tasks.empty()) break;
    ARROW_RETURN_NOT_OK(options_.pool->RunAll(std::move(tasks)));
  }
  if (branch->source == Branch::Source::kScan) {
    for (const Worker& worker : workers) {
      metrics_->scan_rows[branch->leaf->scan_index] += worker.rows;
    }
  }
  return Status::OK();
}

// Reads until nothing is left, the result is full or, if `briefly`, it is worth sharing the work.
Status StageRunner::Work(Reading* reading, Worker* worker, bool briefly) {
  const auto start = std::chrono::steady_clock::now();
  while (!worker->chain->satisfied()) {
    if (context_.cancellation != nullptr) ARROW_RETURN_NOT_OK(context_.cancellation->Check());
    if (worker->current < 0) {
      const size_t next = reading->next.fetch_add(1);
      if (next >= reading->readers.size()) break;
      // What the chain holds back comes under the partition that it reads then.
      if (worker->last >= 0) ARROW_RETURN_NOT_OK(End(worker->chain, worker->last));
      worker->last = -1;
      worker->current = static_cast<int>(next);
      worker->chain->BeginSource(reading->first + worker->current);
    }
    const int partition = reading->first + worker->current;
    if (reading->result != nullptr && reading->result->Full(partition)) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(BatchPtr batch, reading->readers[worker->current]->Next());
    if (batch == nullptr) {
      reading->readers[worker->current].reset();
      worker->current = -1;
      if (reading->branch->streams) {
        ARROW_RETURN_NOT_OK(End(worker->chain, partition));
      } else {
        worker->last = partition;
      }
      continue;
    }
    worker->rows += batch->num_rows();
    ARROW_RETURN_NOT_OK(worker->chain->Push(std::move(batch)));
    if (briefly &&
        (worker->rows > kRowsAlone || std::chrono::steady_clock::now() - start > kTimeAlone)) {
      return Status::OK();
    }
  }
  worker->done = true;
  ARROW_RETURN_NOT_OK(worker->chain->Finish());
  return worker->last < 0 ? Status::OK() : End(worker->chain, worker->last);
}

Status StageRunner::RunExchange(const Stage& stage, Branch* branch, int first) {
  const int partitions = branch->exchange->partitions();
  const auto run = [this, branch, first](int partition) -> Status {
    OperatorChain* chain = branch->chains[partition].get();
    ARROW_RETURN_NOT_OK(chain->Begin(context_));
    chain->BeginSource(first + partition);
    for (BatchPtr& batch : branch->exchange->Take(partition)) {
      if (chain->satisfied()) break;
      ARROW_RETURN_NOT_OK(chain->Push(std::move(batch)));
    }
    ARROW_RETURN_NOT_OK(chain->Finish());
    return End(chain, first + partition);
  };
  for (const auto& chain : branch->chains) {
    active_.push_back(chain.get());
    if (auto* writer = dynamic_cast<ResultWriter*>(chain->output())) writer->Open(consumer_);
  }
  int64_t rows = branch->exchange->rows();
  for (const ChainNode& entry : branch->nodes) {
    if (entry.second != nullptr) rows += entry.second->rows();
  }
  const bool alone = rows <= kRowsAlone && !branch->cold;
  branch->cold = false;
  const int threads = options_.pool->thread_count();
  // How many partitions are made before those that are there are handed on.
  int at_once = partitions;
  if (alone || threads == 1) {
    at_once = 1;
  } else if (stage.output == nullptr && consumer_->in_order()) {
    at_once = threads;
  }
  for (int partition = 0; partition < partitions;) {
    std::vector<std::function<Status()>> tasks;
    for (int end = std::min(partitions, partition + at_once); partition < end; ++partition) {
      tasks.push_back([&run, partition] { return run(partition); });
    }
    ARROW_RETURN_NOT_OK(options_.pool->RunAll(std::move(tasks)));
    if (stage.output == nullptr) ARROW_RETURN_NOT_OK(consumer_->Drain());
  }
  return Status::OK();
}

}  // namespace headrace
