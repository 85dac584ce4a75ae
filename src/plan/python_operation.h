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
    // The rows of two relations that have equal keys to any number of others. The inputs are the
    // first one's columns, the second one's, the keys, and whether a row is of the second.
    kCogroups,
    kTable,  // each row, or all rows of a table argument, to those of a table function
    // Beside each row what each call makes of its frame. Such operations stand in nodes of kind
    // kWindow, which tell the windows.
    kWindow,
  };
  // How the rows of a table argument follow each other within one partition of it.
  struct InputOrder {
    int input = 0;
    bool ascending = true, nulls_first = true;
  };
  Shape shape = Shape::kColumns;
  PythonContextPtr context;
  PythonTask task;
  std::string name;  // of the functions, for explain()
  // kColumns, kAggregate, kWindow: of each call; kTable: of each column
  std::vector<DataTypePtr> results;
  std::vector<int> key_inputs;  // kGroups, kAggregate, kCogroups, kTable: which inputs rows are
                                // brought together by
  int first_inputs = 0, second_inputs = 0;  // kCogroups: how many columns the relations have
  // kTable: the output begins with the columns of the row that the function was called for; else
  // there is a table argument.
  bool keeps_input = false;
  bool outer = false;             // … and a row of which nothing is made stays, beside nulls
  bool single_partition = false;  // of the table argument
  std::vector<InputOrder> orders;
  // kWindow: the inputs of the window operation that the worker gets as its first columns; the
  // bounds of frames follow, two columns for each function whose frames have any.
  std::vector<int> sent_inputs;
};

// Its line in explain(), under Spark's names of such operators.
std::string PythonText(const PythonOperation& operation);

// One value a group: a pandas_udf that stands in agg().
bool IsGroupedAggregate(PythonEvaluation evaluation);

// The task that all calls of one evaluation share.
PythonTask TaskOf(const PythonFunction& function, const PythonContext& context);

}  // namespace headrace
