#include "operators/window/window_input.h"

#include <utility>

namespace headrace {

WindowInput::WindowInput(const PhysicalNode& node)
    : operation_(node.window),
      kept_(static_cast<size_t>(node.schema->num_fields()) - operation_->functions.size()),
      schema_(node.children[0]->schema) {}

Result<std::optional<OrderedRows>> WindowInput::Take() {
  ARROW_ASSIGN_OR_RAISE(BatchPtr all, ConcatenateBatches(schema_, batches_));
  batches_.clear();
  if (all->num_rows() == 0) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(all, InOrder(*all));
  Arrays kept = all->columns();
  Arrays inputs(kept.begin() + static_cast<std::ptrdiff_t>(kept_), kept.end());
  kept.resize(kept_);
  WindowRows windows = WindowsOf(all->num_rows(), inputs);
  return OrderedRows{all->num_rows(), std::move(kept), std::move(inputs), std::move(windows)};
}

const ArrayPtr& WindowInput::Input(const arrow::RecordBatch& batch, int input) const {
  return batch.columns()[kept_ + static_cast<size_t>(input)];
}

Result<BatchPtr> WindowInput::InOrder(const arrow::RecordBatch& batch) const {
  std::vector<SortKey> keys;
  for (int partition : operation_->partitions) keys.push_back({Input(batch, partition)});
  for (const WindowOrder& order : operation_->orders) {
    keys.push_back({Input(batch, order.input), order.ascending, order.nulls_first});
  }
  ARROW_ASSIGN_OR_RAISE(const auto rows, SortedRows(keys, batch.num_rows()));
  return TakeRows(batch, rows);
}

WindowRows WindowInput::WindowsOf(int64_t rows, const Arrays& inputs) const {
  Arrays partitions;
  for (int partition : operation_->partitions) partitions.push_back(inputs[partition]);
  std::vector<SortKey> orders;
  for (const WindowOrder& order : operation_->orders) {
    orders.push_back({inputs[order.input], order.ascending, order.nulls_first});
  }
  return WindowRows(rows, partitions, std::move(orders));
}

}  // namespace headrace
