// Typed expressions over record batches.
//
// The analyser makes them with AttributeReference leaves; the physical planner replaces those by
// BoundReference (a column's position). They are immutable and shared; Evaluate is const and
// thread-safe. Coercion has already happened: a node's arguments have exactly the types its kernel
// takes. Settings that are fixed for a query (ANSI mode, session time zone) are bound into kernels
// when the expression is made; what changes with each batch comes in the EvaluationContext.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/compute/api.h>
#include <arrow/datum.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "base/query_context.h"
#include "types/spark_type.h"
#include "types/time.h"

namespace headrace {

using arrow::Datum;

struct EvaluationContext {
  int64_t batch_timestamp_us = 0;  // current_timestamp(): constant within a batch
  uint64_t random_seed = 0;        // fresh for each batch
  int32_t partition = 0;
  arrow::MemoryPool* pool = arrow::default_memory_pool();
};

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

class Expression : public std::enable_shared_from_this<Expression> {
 public:
  Expression(DataTypePtr type, bool nullable, std::vector<ExpressionPtr> children)
      : type_(std::move(type)), nullable_(nullable), children_(std::move(children)) {}
  virtual ~Expression() = default;

  const DataTypePtr& type() const { return type_; }
  bool nullable() const { return nullable_; }
  const std::vector<ExpressionPtr>& children() const { return children_; }

  // An array of `input.num_rows()` values, or a scalar that stands for as many equal ones.
  virtual Result<Datum> Evaluate(const arrow::RecordBatch& input,
                                 const EvaluationContext& context) const = 0;
  virtual ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const = 0;
  // The same at a place in the program, which its errors tell; itself if it cannot fail, or has a
  // place.
  virtual ExpressionPtr WithContext(QueryContextPtr) const { return shared_from_this(); }
  virtual bool deterministic() const;
  // True when the value does not depend on rows nor on the batch; Fold() computes it.
  virtual bool foldable() const;
  // For explain() and error messages: "(a#3 + 1)".
  virtual std::string ToString() const = 0;

 private:
  DataTypePtr type_;
  bool nullable_;
  std::vector<ExpressionPtr> children_;
};

class Literal final : public Expression {
 public:
  explicit Literal(std::shared_ptr<arrow::Scalar> value);
  const std::shared_ptr<arrow::Scalar>& value() const { return value_; }
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr>) const override;
  bool foldable() const override { return true; }
  std::string ToString() const override;

 private:
  std::shared_ptr<arrow::Scalar> value_;
};

// A column by identity (see plan/attribute.h); cannot be evaluated before binding.
class AttributeReference final : public Expression {
 public:
  AttributeReference(int64_t id, std::string name, DataTypePtr type, bool nullable);
  int64_t id() const { return id_; }
  const std::string& name() const { return name_; }
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr>) const override;
  bool foldable() const override { return false; }
  std::string ToString() const override;

 private:
  int64_t id_;
  std::string name_;
};

class BoundReference final : public Expression {
 public:
  BoundReference(int index, std::string name, DataTypePtr type, bool nullable);
  int index() const { return index_; }
  const std::string& name() const { return name_; }
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr>) const override;
  bool foldable() const override { return false; }
  std::string ToString() const override;

 private:
  int index_;
  std::string name_;
};

// `length` tells how many rows scalar arguments stand for.
using ScalarKernel = std::function<Result<Datum>(const std::vector<Datum>& arguments,
                                                 int64_t length, const EvaluationContext& context)>;

// A call of a scalar function. The kernel gets evaluated arguments; nulls are the kernel's
// business. If all arguments are scalars the kernel may return a scalar.
class FunctionCall final : public Expression {
 public:
  FunctionCall(std::string name, DataTypePtr type, bool nullable,
               std::vector<ExpressionPtr> arguments, ScalarKernel kernel, bool deterministic = true,
               bool depends_on_batch = false, QueryContextPtr query_context = nullptr);
  const std::string& name() const { return name_; }
  Result<Datum> Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr>) const override;
  ExpressionPtr WithContext(QueryContextPtr) const override;
  bool deterministic() const override;
  bool foldable() const override;
  std::string ToString() const override;

 private:
  Result<Datum> Call(const arrow::RecordBatch& input, const EvaluationContext& context) const;

  std::string name_;
  ScalarKernel kernel_;
  bool deterministic_;
  bool depends_on_batch_;  // current_timestamp() and the like: not foldable
  QueryContextPtr query_context_;
};

// Evaluates branches only on the rows that reach them, so that `when(x != 0, 1 / x)` never fails.
// children: condition, value, condition, value, …, [else].
ExpressionPtr MakeCaseWhen(std::vector<ExpressionPtr> conditions_and_values, DataTypePtr type);
// Three-valued AND/OR with Spark's short circuit; arguments are boolean.
ExpressionPtr MakeAnd(ExpressionPtr left, ExpressionPtr right);
ExpressionPtr MakeOr(ExpressionPtr left, ExpressionPtr right);
// Was it made by MakeAnd? The optimizer takes conditions apart.
bool IsAnd(const Expression& expression);
// First non-null; later arguments are evaluated only where the earlier are null.
ExpressionPtr MakeCoalesce(std::vector<ExpressionPtr> arguments, DataTypePtr type);
// struct.field by ordinal.
ExpressionPtr MakeStructField(ExpressionPtr structure, int ordinal);
// The ordinal if it was made by MakeStructField, -1 otherwise.
int StructFieldOrdinal(const Expression& expression);

// Helpers shared by planner and operators.
ExpressionPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value);
// The literal's value, or the folded value of a foldable expression.
Result<std::shared_ptr<arrow::Scalar>> Fold(const Expression& expression);
// Rebuilds bottom-up; `f` returns null to keep a node.
ExpressionPtr Transform(const ExpressionPtr& root,
                        const std::function<ExpressionPtr(const ExpressionPtr&)>& f);
void Visit(const ExpressionPtr& root, const std::function<void(const Expression&)>& f);
// Evaluate, then make an array of `length` rows.
Result<std::shared_ptr<arrow::Array>> EvaluateToArray(const Expression& expression,
                                                      const arrow::RecordBatch& input,
                                                      const EvaluationContext& context);

}  // namespace headrace
