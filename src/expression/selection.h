// Rows of a batch that a branch of a conditional is evaluated on.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "expression/expression.h"
#include "expression/lambda.h"

namespace headrace {

// An expression that is evaluated on chosen rows only. Remembers which columns it reads, so that
// only those are gathered.
class Branch {
 public:
  explicit Branch(ExpressionPtr expression);

  const Expression& expression() const { return *expression_; }
  // True when evaluating on all rows costs less than gathering the chosen ones, and cannot fail.
  bool on_all_rows() const { return on_all_rows_; }
  // `rows` are ascending row numbers of `input`. The value has one element for each of them, or
  // is a scalar.
  Result<Datum> EvaluateOn(const arrow::RecordBatch& input, const std::vector<int32_t>& rows,
                           const EvaluationContext& context) const;

 private:
  ExpressionPtr expression_;
  ColumnsRead columns_;
  bool on_all_rows_;
};

// Puts the values of several branches together into one column.
class Merger {
 public:
  Merger(DataTypePtr type, int64_t length) : type_(std::move(type)), sources_(length, 0) {}

  // Row rows[i] takes values[i], or the scalar.
  Status Add(const Datum& values, const std::vector<int32_t>& rows, arrow::MemoryPool* pool);
  // Row rows[i] takes values[rows[i]]: `values` is as long as the batch, or a scalar.
  Status AddAligned(const Datum& values, const std::vector<int32_t>& rows, arrow::MemoryPool* pool);
  // Rows that got nothing are null.
  Result<Datum> Finish(arrow::MemoryPool* pool) &&;

 private:
  // Where the piece begins in the concatenation of all pieces; positions are one-based there,
  // since position 0 stands for null.
  Result<int64_t> AddPiece(const Datum& values, arrow::MemoryPool* pool);

  DataTypePtr type_;
  std::vector<std::shared_ptr<arrow::Array>> pieces_;
  int64_t pieces_length_ = 0;
  int64_t assigned_ = 0;
  std::vector<int64_t> sources_;
};

// 0, 1, …, length - 1.
std::vector<int32_t> AllRows(int64_t length);

}  // namespace headrace
