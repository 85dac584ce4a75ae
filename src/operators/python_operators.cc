#include "operators/python_operators.h"

#include <utility>

#include "operators/python_batches.h"
#include "types/wire_types.h"

namespace headrace {
namespace {

// PySpark checks what most kinds of functions return; mapInArrow's are their own.
Status WrongTypes(const arrow::Schema& results, const arrow::Schema& expected) {
  return MakeError(ErrorKind::kSpark, "ARROW_TYPE_MISMATCH",
                   "A Python function gave " + results.ToString() + " in place of " +
                       SchemaToDdl(expected) + ".",
                   {{"operation", "a Python function"},
                    {"outputTypes", SchemaToDdl(expected)},
                    {"actualDataTypes", results.ToString()}});
}

}  // namespace

PythonOperator::PythonOperator(const PhysicalNode& node, const OperatorSite& site)
    : schema_(node.schema),
      operation_(node.python),
      expressions_(node.expressions),
      partition_(site.partition),
      zone_(ZoneOfWorker(operation_->task)),
      largest_batch_(LargestBatch(operation_->task)) {}

Status PythonOperator::Begin(const BatchContext& context) {
  evaluation_ = EvaluationFor(context, partition_);
  cancellation_ = context.cancellation;
  End();
  return Status::OK();
}

Status PythonOperator::Start() {
  if (exchange_ != nullptr) return Status::OK();
  TaskPlace place{.partition = partition_};
  if (operation_->task.is_barrier) {
    ARROW_ASSIGN_OR_RAISE(barrier_, BarrierServer::Start());
    place.barrier_port = barrier_->port();
    place.barrier_secret = barrier_->secret();
  }
  ARROW_ASSIGN_OR_RAISE(exchange_, TaskExchange::Start(operation_->context, &operation_->task,
                                                       std::move(place), cancellation_));
  return Status::OK();
}

void PythonOperator::End() {
  exchange_.reset();
  barrier_.reset();
}

Result<Arrays> PythonOperator::Inputs(const arrow::RecordBatch& batch) const {
  Arrays columns(expressions_.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(columns[i], EvaluateToArray(*expressions_[i], batch, evaluation_));
    // Arrays may have lost what classes their values are of.
    ARROW_ASSIGN_OR_RAISE(auto data, ConvertLayout(columns[i]->data(), expressions_[i]->type()));
    if (data != columns[i]->data()) columns[i] = arrow::MakeArray(std::move(data));
  }
  return columns;
}

Result<std::shared_ptr<arrow::RecordBatch>> PythonOperator::ForWorker(const Arrays& columns,
                                                                      int64_t rows) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < columns.size(); ++i) names.push_back("_" + std::to_string(i));
  return BatchForWorker(columns, names, rows, zone_);
}

Result<Arrays> PythonOperator::ResultColumns(const arrow::RecordBatch& results) const {
  Arrays columns;
  for (size_t i = 0; i < operation_->results.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto data, ConvertLayout(results.column(static_cast<int>(i))->data(),
                                                   operation_->results[i]));
    columns.push_back(arrow::MakeArray(std::move(data)));
  }
  return columns;
}

Result<BatchPtr> PythonOperator::FromStruct(const arrow::RecordBatch& results,
                                            const SchemaPtr& schema) {
  if (results.num_columns() != 1) return WrongTypes(*results.schema(), *schema);
  auto batch = BatchFromWorker(*results.column(0), schema);
  if (!batch.ok()) return WrongTypes(*results.schema(), *schema);
  return batch;
}

OperatorPtr MakePython(const PhysicalNode& node, const OperatorSite& site) {
  switch (node.python->shape) {
    case PythonOperation::Shape::kColumns:
      return MakePythonColumns(node, site);
    case PythonOperation::Shape::kRows:
      return MakePythonRows(node, site);
    case PythonOperation::Shape::kGroups:
    case PythonOperation::Shape::kAggregate:
      return MakePythonGroups(node, site);
    case PythonOperation::Shape::kCogroups:
      return MakePythonCogroups(node, site);
    case PythonOperation::Shape::kTable:
      return MakePythonTable(node, site);
    case PythonOperation::Shape::kWindow:
      return MakeWindow(node, site);
  }
  return nullptr;
}

}  // namespace headrace
