// Functions over windows of rows, resolved: `f(…) OVER (PARTITION BY … ORDER BY … frame)`.
//
// In expressions they stand as WindowFunctionCall until the operator that holds them is built; then
// a node of kind kWindow below it computes them as columns, one node for all functions of the same
// partitions and order. Functions of Python programs have nodes of their own: their rows go to a
// worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "functions/registry.h"
#include "plan/python_operation.h"
#include "plan/resolved_nodes.h"
#include "plan/window_specification.h"

namespace headrace {

enum class WindowFunctionKind {
  kRowNumber,
  kRank,
  kDenseRank,
  kPercentRank,
  kCumulativeDistribution,
  kTiles,      // number: how many
  kShift,      // lag, lead: arguments value, default; number: rows ahead, negative: back
  kNth,        // nth_value, first, last: arguments value; number: from 1, or from -1 backwards
  kAggregate,  // aggregate, over `arguments`
  kPython,     // python, over `arguments`: an aggregating function of a Python program
};

// One end of a frame. `bound`: input with the value that the end lies at (kRange with an offset),
// in a type that may be wider than the order's; `order`: input with the order's value in that type.
struct FrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  int64_t rows = 0;  // kRows: ahead of the row if kFollowing, back if kPreceding
  int bound = -1, order = -1;
};

// Numbers in it count the inputs of the operation, or the children of the expression.
struct WindowFunction {
  WindowFunctionKind kind = WindowFunctionKind::kRowNumber;
  std::string name;
  DataTypePtr type;
  bool nullable = true;
  std::vector<int> arguments;
  int64_t number = 0;
  bool ignore_nulls = false;
  BoundAggregate aggregate;
  std::shared_ptr<const PythonFunctionCall> python;  // its children do not count here
  FrameUnit unit = FrameUnit::kRows;
  FrameBound lower, upper;
};

struct WindowOrder {
  int input = 0;
  bool ascending = true;
  bool nulls_first = true;
};

struct WindowOperation {
  std::vector<int> partitions;
  std::vector<WindowOrder> orders;
  int input_count = 0;
  std::vector<WindowFunction> functions;
};

class WindowFunctionCall final : public Expression {
 public:
  // `text`: the frame, as it tells calls apart.
  WindowFunctionCall(WindowFunction function, std::vector<int> partitions,
                     std::vector<WindowOrder> orders, std::vector<ExpressionPtr> children,
                     std::string frame_text);
  const WindowFunction& function() const { return function_; }
  const std::vector<int>& partitions() const { return partitions_; }
  const std::vector<WindowOrder>& orders() const { return orders_; }

  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override;
  bool foldable() const override { return false; }
  std::string ToString() const override;

 private:
  WindowFunction function_;
  std::vector<int> partitions_;
  std::vector<WindowOrder> orders_;
  std::string frame_text_;
};

// Takes the window functions out of the expressions: the result is `child` below the nodes that
// compute them, and the expressions refer to their columns.
ResolvedPlanPtr ExtractWindowFunctions(ResolvedPlanPtr child,
                                       const std::vector<ExpressionPtr*>& expressions);

// "Window [rank() …]" of a plan's text.
std::string WindowText(const WindowOperation& operation);

}  // namespace headrace
