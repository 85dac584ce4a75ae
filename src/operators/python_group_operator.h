// What Python functions of groups share: the rows of a micro-batch are collected, and handed over
// by their keys when the last of them has come.
#pragma once

#include <vector>

#include "operators/group_table.h"
#include "operators/python_operators.h"

namespace headrace {

class PythonGroupOperator : public PythonOperator {
 public:
  PythonGroupOperator(const PhysicalNode& node, const OperatorSite& site);
  Status Begin(const BatchContext& context) override;
  Status Process(BatchPtr batch, int input, BatchOutput* output) override;
  Status Finish(BatchOutput* output) override;

 protected:
  // Whether the function is called though there are no rows.
  virtual bool runs_without_rows() const { return false; }
  // Sends all groups, and emits results meanwhile.
  virtual Status SendGroups(const arrow::RecordBatch& all, BatchOutput* output) = 0;
  // The operator's rows of what the worker sent.
  virtual Result<BatchPtr> FromResults(const arrow::RecordBatch& results);

  // The group of each row; how many groups there are. Without keys all rows are one group.
  Result<size_t> AssignGroups(const arrow::RecordBatch& all, std::vector<uint32_t>* groups);
  // Hands on the results that have come.
  Status Emit(BatchOutput* output);

  const SchemaPtr input_schema_;
  GroupTable table_;  // of this micro-batch

 private:
  std::vector<BatchPtr> rows_;
};

}  // namespace headrace
