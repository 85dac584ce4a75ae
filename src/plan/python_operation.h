// Functions of Python programs in expressions and plans. They run in worker processes, so no
// expression that holds one can be evaluated: the optimizer takes them out into nodes of their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "expression/expression.h"
#include "python/python_runtime.h"
#include "python/python_task.h"

namespace headrace {

using PythonFunctionPtr = std::shared_ptr<const PythonFunction>;

class PythonFunctionCall final : public Expression {
 public:
  // `keywords` has a name, or "", for each argument.
  PythonFunctionCall(PythonFunctionPtr function, PythonContextPtr context,
                     std::vector<ExpressionPtr> arguments, std::vector<std::string> keywords);
  const PythonFunctionPtr& function() const { return function_; }
  const PythonContextPtr& context() const { return context_; }
  const std::vector<std::string>& keywords() const { return keywords_; }

  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override;
  bool deterministic() const override;
  bool foldable() const override { return false; }
  std::string ToString() const override;

 private:
  PythonFunctionPtr function_;
  PythonContextPtr context_;
  std::vector<std::string> keywords_;
};

bool ContainsPython(const ExpressionPtr& expression);

// What a node of kind kPython does. Its inputs are the node's `projections` (resolved plan) or
// `expressions` (physical plan); the columns that calls name count them.
struct PythonOperation {
  enum class Shape {
    kColumns,    // adds a column for each call to its child's columns
    kRows,       // all rows of a partition to any number of others
    kGroups,     // the rows of each group to any number of others
    kAggregate,  // … to one: the keys, then a column for each call
  };
  Shape shape = Shape::kColumns;
  PythonContextPtr context;
  PythonTask task;
  std::string name;                  // of the functions, for explain()
  std::vector<DataTypePtr> results;  // kColumns, kAggregate: of each call
  std::vector<int> key_inputs;       // kGroups, kAggregate: which inputs are the keys
};

// Its line in explain(), under Spark's names of such operators.
std::string PythonText(const PythonOperation& operation);

// One value a group: a pandas_udf that stands in agg().
bool IsGroupedAggregate(PythonEvaluation evaluation);

// The task that all calls of one evaluation share.
PythonTask TaskOf(const PythonFunction& function, const PythonContext& context);

}  // namespace headrace
