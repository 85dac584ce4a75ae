#include "expression/lambda.h"

#include <algorithm>
#include <set>

#include <arrow/array/util.h>

namespace headrace {

LambdaVariable::LambdaVariable(int id, DataTypePtr type, bool nullable)
    : Expression(std::move(type), nullable, {}),
      name_("namedlambdavariable#" + std::to_string(id) + "()") {}

int LambdaVariable::ColumnIn(const arrow::Schema& schema) const {
  for (int i = schema.num_fields() - 1; i >= 0; --i) {
    if (schema.field(i)->name() == name_) return i;
  }
  return -1;
}

FieldPtr LambdaVariable::field() const { return arrow::field(name_, type(), nullable()); }

Result<Datum> LambdaVariable::Evaluate(const arrow::RecordBatch& input,
                                       const EvaluationContext&) const {
  const int column = ColumnIn(*input.schema());
  if (column < 0) return Status::UnknownError(name_, " was evaluated outside of its function");
  return Datum(input.column_data(column));
}

ExpressionPtr LambdaVariable::WithChildren(std::vector<ExpressionPtr>) const {
  return shared_from_this();
}

ColumnsRead::ColumnsRead(const ExpressionPtr& expression) {
  std::set<int> bound;
  Visit(expression, [&](const Expression& node) {
    if (const auto* column = dynamic_cast<const BoundReference*>(&node)) {
      bound.insert(column->index());
    } else if (dynamic_cast<const LambdaVariable*>(&node) != nullptr) {
      variables_.push_back(std::static_pointer_cast<const LambdaVariable>(node.shared_from_this()));
    }
  });
  bound_.assign(bound.begin(), bound.end());
}

std::vector<int> ColumnsRead::In(const arrow::Schema& schema) const {
  if (variables_.empty()) return bound_;
  std::set<int> columns(bound_.begin(), bound_.end());
  for (const LambdaVariablePtr& variable : variables_) {
    const int column = variable->ColumnIn(schema);
    if (column >= 0) columns.insert(column);
  }
  return {columns.begin(), columns.end()};
}

LambdaFunction::LambdaFunction(ExpressionPtr body, std::vector<LambdaVariablePtr> variables)
    : Expression(body->type(), body->nullable(), {body}),
      variables_(std::move(variables)),
      columns_read_(body) {}

Result<Datum> LambdaFunction::Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const {
  return Status::UnknownError(ToString(), " was evaluated as a value");
}

ExpressionPtr LambdaFunction::WithChildren(std::vector<ExpressionPtr> children) const {
  return std::make_shared<LambdaFunction>(std::move(children[0]), variables_);
}

// Foldable when the body is with any constants in place of the variables.
bool LambdaFunction::foldable() const {
  return Transform(children()[0],
                   [&](const ExpressionPtr& node) -> ExpressionPtr {
                     if (std::ranges::none_of(variables_, [&](const LambdaVariablePtr& variable) {
                           return dynamic_cast<const LambdaVariable*>(node.get()) != nullptr &&
                                  node->ToString() == variable->ToString();
                         })) {
                       return nullptr;
                     }
                     return MakeLiteral(arrow::MakeNullScalar(node->type()));
                   })
      ->foldable();
}

std::string LambdaFunction::ToString() const {
  std::string text = "lambdafunction(" + body().ToString();
  for (const LambdaVariablePtr& variable : variables_) text += ", " + variable->ToString();
  return text + ")";
}

LambdaCall::LambdaCall(const LambdaFunction& function, const arrow::RecordBatch& input,
                       const EvaluationContext& context)
    : function_(function), input_(input), context_(context) {
  arrow::FieldVector fields = input.schema()->fields();
  for (const LambdaVariablePtr& variable : function.variables()) {
    fields.push_back(variable->field());
  }
  schema_ = arrow::schema(std::move(fields));
  columns_ = function.columns_read().In(*input.schema());
}

Result<std::shared_ptr<arrow::Array>> LambdaCall::operator()(
    const std::shared_ptr<arrow::Array>& rows,
    const std::vector<std::shared_ptr<arrow::Array>>& values) const {
  if (rows->length() == 0) return arrow::MakeEmptyArray(function_.type(), context_.pool);
  arrow::compute::ExecContext exec(context_.pool);
  exec.set_use_threads(false);
  // The other columns stay empty: the body does not look at them.
  std::vector<std::shared_ptr<arrow::ArrayData>> columns(input_.num_columns());
  for (const int column : columns_) {
    ARROW_ASSIGN_OR_RAISE(
        const Datum repeated,
        arrow::compute::Take(input_.column_data(column), rows,
                             arrow::compute::TakeOptions::NoBoundsCheck(), &exec));
    columns[column] = repeated.array();
  }
  for (size_t v = 0; v < function_.variables().size(); ++v) columns.push_back(values[v]->data());
  const auto elements = arrow::RecordBatch::Make(schema_, rows->length(), std::move(columns));
  return EvaluateToArray(function_.body(), *elements, context_);
}

namespace {

class HigherOrderCall final : public Expression {
 public:
  HigherOrderCall(std::string name, DataTypePtr type, bool nullable,
                  std::vector<ExpressionPtr> arguments, HigherOrderKernel kernel)
      : Expression(std::move(type), nullable, std::move(arguments)),
        name_(std::move(name)),
        kernel_(std::move(kernel)) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    std::vector<std::shared_ptr<arrow::Array>> arguments;
    std::vector<LambdaCall> lambdas;
    for (const ExpressionPtr& child : children()) {
      if (const auto* lambda = dynamic_cast<const LambdaFunction*>(child.get())) {
        lambdas.emplace_back(*lambda, input, context);
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(auto argument, EvaluateToArray(*child, input, context));
      arguments.push_back(std::move(argument));
    }
    ARROW_ASSIGN_OR_RAISE(auto result, kernel_(arguments, lambdas, input.num_rows(), context));
    return Datum(std::move(result));
  }

  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<HigherOrderCall>(name_, type(), nullable(), std::move(children),
                                             kernel_);
  }

  std::string ToString() const override {
    std::string text = name_ + "(";
    for (size_t i = 0; i < children().size(); ++i) {
      text += (i > 0 ? ", " : "") + children()[i]->ToString();
    }
    return text + ")";
  }

 private:
  std::string name_;
  HigherOrderKernel kernel_;
};

}  // namespace

ExpressionPtr MakeHigherOrderCall(std::string name, DataTypePtr type, bool nullable,
                                  std::vector<ExpressionPtr> arguments, HigherOrderKernel kernel) {
  return std::make_shared<HigherOrderCall>(std::move(name), std::move(type), nullable,
                                           std::move(arguments), std::move(kernel));
}

}  // namespace headrace
