// The rows that come to an operator over windows: kept until the last of them is there, then put in
// the order of their windows.
#pragma once

#include <optional>
#include <vector>

#include "operators/window/window_rows.h"
#include "plan/physical_plan.h"

namespace headrace {

struct OrderedRows {
  int64_t count = 0;
  Arrays kept;    // the columns of the child that go on
  Arrays inputs;  // the operation's
  WindowRows windows;
};

class WindowInput {
 public:
  // `node` is of kind kWindow.
  explicit WindowInput(const PhysicalNode& node);

  void Clear() { batches_.clear(); }
  void Add(BatchPtr batch) { batches_.push_back(std::move(batch)); }
  // All that was added, which is forgotten then. Nothing: there are no rows.
  Result<std::optional<OrderedRows>> Take();

 private:
  const ArrayPtr& Input(const arrow::RecordBatch& batch, int input) const;
  Result<BatchPtr> InOrder(const arrow::RecordBatch& batch) const;
  WindowRows WindowsOf(int64_t rows, const Arrays& inputs) const;

  const std::shared_ptr<const WindowOperation> operation_;
  const size_t kept_;  // how many columns go on
  const SchemaPtr schema_;
  std::vector<BatchPtr> batches_;
};

}  // namespace headrace
