// Window functions over the rows of an instance: all rows of some partitions.
#include <utility>

#include "operators/instances.h"
#include "operators/window/window_values.h"

namespace headrace {
namespace {

class Window final : public Operator {
 public:
  explicit Window(const PhysicalNode& node)
      : operation_(*node.window),
        kept_(static_cast<size_t>(node.schema->num_fields()) - operation_.functions.size()),
        input_schema_(node.children[0]->schema),
        schema_(node.schema) {}

  Status Begin(const BatchContext&) override {
    batches_.clear();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    batches_.push_back(std::move(batch));
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    ARROW_ASSIGN_OR_RAISE(BatchPtr all, ConcatenateBatches(input_schema_, batches_));
    batches_.clear();
    if (all->num_rows() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(all, InOrder(*all));
    Arrays columns = all->columns();
    const Arrays inputs(columns.begin() + static_cast<std::ptrdiff_t>(kept_), columns.end());
    columns.resize(kept_);
    const WindowRows rows = RowsOf(all->num_rows(), inputs);
    for (const WindowFunction& function : operation_.functions) {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr values, Values(function, rows, inputs));
      columns.push_back(std::move(values));
    }
    return PushInSlices(MakeBatch(schema_, all->num_rows(), std::move(columns)), output);
  }

 private:
  const ArrayPtr& Input(const arrow::RecordBatch& batch, int input) const {
    return batch.columns()[kept_ + static_cast<size_t>(input)];
  }

  Result<BatchPtr> InOrder(const arrow::RecordBatch& batch) const {
    std::vector<SortKey> keys;
    for (int partition : operation_.partitions) keys.push_back({Input(batch, partition)});
    for (const WindowOrder& order : operation_.orders) {
      keys.push_back({Input(batch, order.input), order.ascending, order.nulls_first});
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, SortedRows(keys, batch.num_rows()));
    return TakeRows(batch, rows);
  }

  WindowRows RowsOf(int64_t rows, const Arrays& inputs) const {
    Arrays partitions;
    for (int partition : operation_.partitions) partitions.push_back(inputs[partition]);
    std::vector<SortKey> orders;
    for (const WindowOrder& order : operation_.orders) {
      orders.push_back({inputs[order.input], order.ascending, order.nulls_first});
    }
    return WindowRows(rows, partitions, std::move(orders));
  }

  static Result<ArrayPtr> Values(const WindowFunction& function, const WindowRows& rows,
                                 const Arrays& inputs) {
    switch (function.kind) {
      case WindowFunctionKind::kShift:
        return Shift(function, rows, inputs);
      case WindowFunctionKind::kNth:
        return NthOfFrame(function, rows, inputs);
      case WindowFunctionKind::kAggregate:
        return AggregateFrames(function, rows, inputs);
      default:
        return Rank(function, rows);
    }
  }

  const WindowOperation operation_;
  const size_t kept_;  // columns of the child that go on
  const SchemaPtr input_schema_, schema_;
  std::vector<BatchPtr> batches_;
};

}  // namespace

OperatorPtr MakeWindow(const PhysicalNode& node, const OperatorSite&) {
  return std::make_unique<Window>(node);
}

}  // namespace headrace
