#include "expression/expression.h"

#include <algorithm>

#include <arrow/array/util.h>

#include "types/value_text.h"

namespace headrace {

namespace {

std::string JoinText(const std::vector<ExpressionPtr>& expressions, const std::string& separator) {
  std::string text;
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (i > 0) text += separator;
    text += expressions[i]->ToString();
  }
  return text;
}

bool IsSymbol(const std::string& name) {
  return std::none_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

}  // namespace

bool Expression::deterministic() const {
  return std::all_of(children_.begin(), children_.end(),
                     [](const ExpressionPtr& child) { return child->deterministic(); });
}

bool Expression::foldable() const {
  return deterministic() && std::all_of(children_.begin(), children_.end(),
                                        [](const ExpressionPtr& c) { return c->foldable(); });
}

Literal::Literal(std::shared_ptr<arrow::Scalar> value)
    : Expression(value->type, !value->is_valid, {}), value_(std::move(value)) {}

Result<Datum> Literal::Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const {
  return Datum(value_);
}

ExpressionPtr Literal::WithChildren(std::vector<ExpressionPtr>) const { return shared_from_this(); }

std::string Literal::ToString() const { return LiteralText(*value_, *TimeZone::Utc()); }

AttributeReference::AttributeReference(int64_t id, std::string name, DataTypePtr type,
                                       bool nullable)
    : Expression(std::move(type), nullable, {}), id_(id), name_(std::move(name)) {}

Result<Datum> AttributeReference::Evaluate(const arrow::RecordBatch&,
                                           const EvaluationContext&) const {
  return Status::UnknownError("Column ", ToString(), " was evaluated before it was bound");
}

ExpressionPtr AttributeReference::WithChildren(std::vector<ExpressionPtr>) const {
  return shared_from_this();
}

std::string AttributeReference::ToString() const { return name_ + "#" + std::to_string(id_); }

BoundReference::BoundReference(int index, std::string name, DataTypePtr type, bool nullable)
    : Expression(std::move(type), nullable, {}), index_(index), name_(std::move(name)) {}

Result<Datum> BoundReference::Evaluate(const arrow::RecordBatch& input,
                                       const EvaluationContext&) const {
  return Datum(input.column_data(index_));
}

ExpressionPtr BoundReference::WithChildren(std::vector<ExpressionPtr>) const {
  return shared_from_this();
}

std::string BoundReference::ToString() const { return name_; }

FunctionCall::FunctionCall(std::string name, DataTypePtr type, bool nullable,
                           std::vector<ExpressionPtr> arguments, ScalarKernel kernel,
                           bool deterministic, bool depends_on_batch,
                           QueryContextPtr query_context)
    : Expression(std::move(type), nullable, std::move(arguments)),
      name_(std::move(name)),
      kernel_(std::move(kernel)),
      deterministic_(deterministic),
      depends_on_batch_(depends_on_batch),
      query_context_(std::move(query_context)) {}

Result<Datum> FunctionCall::Evaluate(const arrow::RecordBatch& input,
                                     const EvaluationContext& context) const {
  Result<Datum> result = Call(input, context);
  return result.ok() ? result : headrace::WithContext(result.status(), query_context_);
}

Result<Datum> FunctionCall::Call(const arrow::RecordBatch& input,
                                 const EvaluationContext& context) const {
  std::vector<Datum> arguments;
  arguments.reserve(children().size());
  for (const ExpressionPtr& child : children()) {
    ARROW_ASSIGN_OR_RAISE(Datum argument, child->Evaluate(input, context));
    arguments.push_back(std::move(argument));
  }
  return kernel_(arguments, input.num_rows(), context);
}

ExpressionPtr FunctionCall::WithChildren(std::vector<ExpressionPtr> children) const {
  return std::make_shared<FunctionCall>(name_, type(), nullable(), std::move(children), kernel_,
                                        deterministic_, depends_on_batch_, query_context_);
}

ExpressionPtr FunctionCall::WithContext(QueryContextPtr query_context) const {
  if (query_context_) return shared_from_this();
  return std::make_shared<FunctionCall>(name_, type(), nullable(), children(), kernel_,
                                        deterministic_, depends_on_batch_,
                                        std::move(query_context));
}

bool FunctionCall::deterministic() const { return deterministic_ && Expression::deterministic(); }

bool FunctionCall::foldable() const { return !depends_on_batch_ && Expression::foldable(); }

std::string FunctionCall::ToString() const {
  if (children().size() == 2 && IsSymbol(name_)) {
    return "(" + JoinText(children(), " " + name_ + " ") + ")";
  }
  return name_ + "(" + JoinText(children(), ", ") + ")";
}

ExpressionPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value) {
  return std::make_shared<Literal>(std::move(value));
}

Result<std::shared_ptr<arrow::Scalar>> Fold(const Expression& expression) {
  if (const auto* literal = dynamic_cast<const Literal*>(&expression)) return literal->value();
  if (!expression.foldable()) {
    return Status::UnknownError(expression.ToString(), " is not a constant");
  }
  static const auto one_row =
      arrow::RecordBatch::Make(arrow::schema({}), 1, std::vector<std::shared_ptr<arrow::Array>>{});
  ARROW_ASSIGN_OR_RAISE(const Datum value, expression.Evaluate(*one_row, EvaluationContext()));
  if (value.is_scalar()) return value.scalar();
  return value.make_array()->GetScalar(0);
}

ExpressionPtr Transform(const ExpressionPtr& root,
                        const std::function<ExpressionPtr(const ExpressionPtr&)>& f) {
  std::vector<ExpressionPtr> children;
  bool changed = false;
  children.reserve(root->children().size());
  for (const ExpressionPtr& child : root->children()) {
    children.push_back(Transform(child, f));
    changed |= children.back() != child;
  }
  const ExpressionPtr node = changed ? root->WithChildren(std::move(children)) : root;
  ExpressionPtr replacement = f(node);
  return replacement != nullptr ? replacement : node;
}

void Visit(const ExpressionPtr& root, const std::function<void(const Expression&)>& f) {
  f(*root);
  for (const ExpressionPtr& child : root->children()) Visit(child, f);
}

Result<std::shared_ptr<arrow::Array>> EvaluateToArray(const Expression& expression,
                                                      const arrow::RecordBatch& input,
                                                      const EvaluationContext& context) {
  ARROW_ASSIGN_OR_RAISE(const Datum value, expression.Evaluate(input, context));
  if (value.is_scalar()) {
    // Arrow can't repeat a list no times.
    if (input.num_rows() == 0) return arrow::MakeEmptyArray(value.type(), context.pool);
    return arrow::MakeArrayFromScalar(*value.scalar(), input.num_rows(), context.pool);
  }
  return value.make_array();
}

}  // namespace headrace
