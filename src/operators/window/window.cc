// Window functions over the rows of an instance: all rows of some partitions.
#include <utility>

#include "operators/instances.h"
#include "operators/window/python_window.h"
#include "operators/window/window_input.h"
#include "operators/window/window_values.h"

namespace headrace {
namespace {

class Window final : public Operator {
 public:
  explicit Window(const PhysicalNode& node)
      : operation_(node.window), input_(node), schema_(node.schema) {}

  Status Begin(const BatchContext&) override {
    input_.Clear();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    input_.Add(std::move(batch));
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    ARROW_ASSIGN_OR_RAISE(auto rows, input_.Take());
    if (!rows) return Status::OK();
    Arrays columns = std::move(rows->kept);
    for (const WindowFunction& function : operation_->functions) {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr values, Values(function, rows->windows, rows->inputs));
      columns.push_back(std::move(values));
    }
    return PushInSlices(MakeBatch(schema_, rows->count, std::move(columns)), output);
  }

 private:
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

  const std::shared_ptr<const WindowOperation> operation_;
  WindowInput input_;
  const SchemaPtr schema_;
};

}  // namespace

OperatorPtr MakeWindow(const PhysicalNode& node, const OperatorSite& site) {
  if (node.python) return MakePythonWindow(node, site);
  return std::make_unique<Window>(node);
}

}  // namespace headrace
