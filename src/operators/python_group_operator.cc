#include "operators/python_group_operator.h"

#include <utility>

namespace headrace {
namespace {

std::vector<DataTypePtr> KeyTypes(const PhysicalNode& node) {
  std::vector<DataTypePtr> types;
  for (const int key : node.python->key_inputs) {
    types.push_back(node.children[0]->schema->field(key)->type());
  }
  return types;
}

}  // namespace

PythonGroupOperator::PythonGroupOperator(const PhysicalNode& node, const OperatorSite& site)
    : PythonOperator(node, site), input_schema_(node.children[0]->schema), table_(KeyTypes(node)) {}

Status PythonGroupOperator::Begin(const BatchContext& context) {
  rows_.clear();
  return PythonOperator::Begin(context);
}

Status PythonGroupOperator::Process(BatchPtr batch, int, BatchOutput*) {
  if (batch->num_rows() > 0) rows_.push_back(std::move(batch));
  return Status::OK();
}

Status PythonGroupOperator::Finish(BatchOutput* output) {
  if (rows_.empty() && !runs_without_rows()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const BatchPtr all, ConcatenateBatches(input_schema_, rows_));
  rows_.clear();
  ARROW_RETURN_NOT_OK(Start());
  ARROW_RETURN_NOT_OK(SendGroups(*all, output));
  ARROW_RETURN_NOT_OK(exchange().Finish());
  ARROW_RETURN_NOT_OK(Emit(output));
  End();
  return Status::OK();
}

Result<BatchPtr> PythonGroupOperator::FromResults(const arrow::RecordBatch& results) {
  return FromStruct(results, schema_);
}

Result<size_t> PythonGroupOperator::AssignGroups(const arrow::RecordBatch& all,
                                                 std::vector<uint32_t>* groups) {
  table_.Clear();
  Arrays keys;
  for (const int key : operation_->key_inputs) keys.push_back(all.column(key));
  ARROW_RETURN_NOT_OK(table_.Assign(keys, all.num_rows(), groups));
  return operation_->key_inputs.empty() ? size_t{1} : static_cast<size_t>(table_.size());
}

Status PythonGroupOperator::Emit(BatchOutput* output) {
  while (auto results = exchange().TakeBatch()) {
    ARROW_ASSIGN_OR_RAISE(auto batch, FromResults(*results));
    if (batch->num_rows() > 0) ARROW_RETURN_NOT_OK(PushInSlices(batch, output));
  }
  return Status::OK();
}

}  // namespace headrace
