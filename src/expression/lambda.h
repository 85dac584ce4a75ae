// Functions written in a query, `(x, y) -> x + y`, and the calls that take them.
//
// A lambda's body is evaluated once over all elements of a batch: its variables are columns of a
// batch of elements, beside the outer columns that the body reads, which are repeated for the
// elements of their row. Nothing in the body knows: it looks at columns as anywhere else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "expression/expression.h"

namespace headrace {

// A column of a batch of elements. `id` tells apart the variables that can be seen at one place;
// lambdas that are equal but for the names of their variables have equal ids and texts.
class LambdaVariable final : public Expression {
 public:
  LambdaVariable(int id, DataTypePtr type, bool nullable);
  // The innermost column of this variable; -1: none.
  int ColumnIn(const arrow::Schema& schema) const;
  FieldPtr field() const;
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr>) const override;
  bool foldable() const override { return false; }
  std::string ToString() const override { return name_; }

 private:
  std::string name_;
};
using LambdaVariablePtr = std::shared_ptr<const LambdaVariable>;

// The columns that an expression reads where it is evaluated over `schema`, lambda variables
// included; ascending.
class ColumnsRead {
 public:
  explicit ColumnsRead(const ExpressionPtr& expression);
  std::vector<int> In(const arrow::Schema& schema) const;

 private:
  std::vector<int> bound_;
  std::vector<LambdaVariablePtr> variables_;
};

// children: the body. An argument of a higher-order call; has no value of its own.
class LambdaFunction final : public Expression {
 public:
  LambdaFunction(ExpressionPtr body, std::vector<LambdaVariablePtr> variables);
  const Expression& body() const { return *children()[0]; }
  const std::vector<LambdaVariablePtr>& variables() const { return variables_; }
  const ColumnsRead& columns_read() const { return columns_read_; }
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override;
  bool foldable() const override;
  std::string ToString() const override;

 private:
  std::vector<LambdaVariablePtr> variables_;
  ColumnsRead columns_read_;
};

// A lambda over one batch of rows.
class LambdaCall {
 public:
  LambdaCall(const LambdaFunction& function, const arrow::RecordBatch& input,
             const EvaluationContext& context);
  // One value for each element: element i belongs to row rows[i] of the batch (int64), and
  // values[v][i] is what variable v stands for.
  Result<std::shared_ptr<arrow::Array>> operator()(
      const std::shared_ptr<arrow::Array>& rows,
      const std::vector<std::shared_ptr<arrow::Array>>& values) const;

 private:
  const LambdaFunction& function_;
  const arrow::RecordBatch& input_;
  const EvaluationContext& context_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> columns_;
};

// Gets the arguments that are no lambdas, and the lambdas, each in order.
using HigherOrderKernel = std::function<Result<std::shared_ptr<arrow::Array>>(
    const std::vector<std::shared_ptr<arrow::Array>>& arguments,
    const std::vector<LambdaCall>& lambdas, int64_t length, const EvaluationContext& context)>;
ExpressionPtr MakeHigherOrderCall(std::string name, DataTypePtr type, bool nullable,
                                  std::vector<ExpressionPtr> arguments, HigherOrderKernel kernel);

}  // namespace headrace
