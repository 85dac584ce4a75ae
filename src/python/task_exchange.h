// The rows of one task on their way to a pooled worker and its results on their way back.
//
// Results are taken in as they come, between two sends, so the worker never waits for the engine. A
// worker keeps small results back until it has seen all of its input; nobody may wait for them
// before Finish. A function that has seen enough may end its task early; what else is sent is
// dropped.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include "python/python_runtime.h"
#include "python/python_task.h"

namespace headrace {

class TaskExchange {
 public:
  // `task` must outlive the exchange.
  static Result<std::unique_ptr<TaskExchange>> Start(PythonContextPtr context,
                                                     const PythonTask* task, TaskPlace place,
                                                     const CancellationToken* cancellation);
  ~TaskExchange();

  WorkerGeneration generation() const { return generation_; }

  // Arrow evaluations. The first batch after Start or EndStream opens a stream; batches of a stream
  // have one schema. Before each stream of grouped evaluations: PutInt(1).
  Status SendBatch(const arrow::RecordBatch& batch);
  Status EndStream(const std::shared_ptr<arrow::Schema>& schema);
  void PutInt(int32_t value);
  // Pickled evaluations.
  Status SendPickle(const std::string& pickle);
  // No more input; returns when all results are there and gives the worker back.
  Status Finish();
  // No more input either, but results are waited for one by one: NextBatch gives the worker back
  // before its last answer, null.
  Status EndInput();
  Result<std::shared_ptr<arrow::RecordBatch>> NextBatch();

  // The next result that has arrived, null if there is none (yet).
  std::shared_ptr<arrow::RecordBatch> TakeBatch();
  std::optional<std::string> TakePickle();

 private:
  class Results;
  TaskExchange() = default;
  bool pickled() const { return TravelsPickled(task_->evaluation); }
  Status Sent(const Status& status);
  Status Receive(bool wait);
  Status ReceiveOne(bool wait, bool* progress);
  Status Explain(const Status& status);

  PythonContextPtr context_;
  const PythonTask* task_ = nullptr;
  PythonWorkerPtr worker_;  // null once the task has ended
  WorkerGeneration generation_ = WorkerGeneration::k4_1;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
  std::unique_ptr<Results> results_;
  std::deque<std::string> pickles_;
  bool finishing_ = false;
  bool ended_ = false;
};

}  // namespace headrace
