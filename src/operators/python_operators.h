// Operators whose rows go through Python workers.
#pragma once

#include <memory>

#include "operators/instances.h"
#include "plan/python_operation.h"
#include "python/barrier_server.h"
#include "python/task_exchange.h"

namespace headrace {

// What they share: the task of a micro-batch, and how columns travel.
class PythonOperator : public Operator {
 public:
  PythonOperator(const PhysicalNode& node, const OperatorSite& site);
  Status Begin(const BatchContext& context) override;
  void BeginSource(int partition) override { evaluation_.partition = partition; }

 protected:
  // The task has a worker from its first rows on.
  Status Start();
  bool started() const { return exchange_ != nullptr; }
  TaskExchange& exchange() { return *exchange_; }
  void End();

  // The node's expressions over a batch.
  Result<Arrays> Inputs(const arrow::RecordBatch& batch) const;
  // Columns as Arrow functions see them, named _0, _1, …: timestamps in the session's zone.
  Result<std::shared_ptr<arrow::RecordBatch>> ForWorker(const Arrays& columns, int64_t rows) const;
  // A column of results for each call, in the operation's types.
  Result<Arrays> ResultColumns(const arrow::RecordBatch& results) const;
  // A struct column of results as columns of `schema`.
  static Result<BatchPtr> FromStruct(const arrow::RecordBatch& results, const SchemaPtr& schema);
  int64_t largest_batch() const { return largest_batch_; }
  const std::string& zone() const { return zone_; }

  const SchemaPtr schema_;
  const std::shared_ptr<const PythonOperation> operation_;

 private:
  const std::vector<ExpressionPtr> expressions_;
  const int partition_;
  const std::string zone_;
  const int64_t largest_batch_;
  EvaluationContext evaluation_;
  const CancellationToken* cancellation_ = nullptr;
  std::unique_ptr<BarrierServer> barrier_;
  std::unique_ptr<TaskExchange> exchange_;
};

OperatorPtr MakePythonColumns(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePythonRows(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePythonGroups(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePythonCogroups(const PhysicalNode& node, const OperatorSite& site);
OperatorPtr MakePythonTable(const PhysicalNode& node, const OperatorSite& site);

}  // namespace headrace
