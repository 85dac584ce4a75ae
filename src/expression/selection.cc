#include "expression/selection.h"

#include <numeric>
#include <string_view>
#include <unordered_set>

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>

#include "types/with_type.h"

namespace headrace {

namespace {

// Functions that never fail and that are quicker on all rows than a gather of their arguments.
bool IsTotalFunction(const std::string& name) {
  static const std::unordered_set<std::string_view> names = {
      "=",  "==", "<=>", "<",   "<=",     ">",         ">=",
      "!=", "<>", "!",   "not", "isnull", "isnotnull", "isnan"};
  return names.contains(name);
}

bool CheaperOnAllRows(const Expression& expression) {
  if (dynamic_cast<const Literal*>(&expression) ||
      dynamic_cast<const BoundReference*>(&expression) ||
      dynamic_cast<const LambdaVariable*>(&expression)) {
    return true;
  }
  const auto* call = dynamic_cast<const FunctionCall*>(&expression);
  if (call == nullptr || !IsTotalFunction(call->name())) return false;
  for (const ExpressionPtr& child : call->children()) {
    if (!CheaperOnAllRows(*child)) return false;
  }
  return true;
}

template <typename Integer>
std::shared_ptr<arrow::Array> Wrap(const std::vector<Integer>& numbers) {
  using Array = typename arrow::CTypeTraits<Integer>::ArrayType;
  return std::make_shared<Array>(static_cast<int64_t>(numbers.size()),
                                 arrow::Buffer::Wrap(numbers.data(), numbers.size()));
}

Result<Datum> Gather(const Datum& values, const std::shared_ptr<arrow::Array>& positions,
                     arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  return arrow::compute::Take(values, positions, arrow::compute::TakeOptions::NoBoundsCheck(),
                              &context);
}

}  // namespace

Branch::Branch(ExpressionPtr expression)
    : expression_(std::move(expression)),
      columns_(expression_),
      on_all_rows_(CheaperOnAllRows(*expression_)) {}

Result<Datum> Branch::EvaluateOn(const arrow::RecordBatch& input, const std::vector<int32_t>& rows,
                                 const EvaluationContext& context) const {
  if (static_cast<int64_t>(rows.size()) == input.num_rows()) {
    return expression_->Evaluate(input, context);
  }
  if (dynamic_cast<const Literal*>(expression_.get())) return expression_->Evaluate(input, context);
  const std::shared_ptr<arrow::Array> positions = Wrap(rows);
  // The other columns stay empty: the branch does not look at them.
  std::vector<std::shared_ptr<arrow::ArrayData>> columns(input.num_columns());
  for (const int column : columns_.In(*input.schema())) {
    ARROW_ASSIGN_OR_RAISE(const Datum gathered,
                          Gather(input.column_data(column), positions, context.pool));
    columns[column] = gathered.array();
  }
  const auto selected = arrow::RecordBatch::Make(input.schema(), static_cast<int64_t>(rows.size()),
                                                 std::move(columns));
  return expression_->Evaluate(*selected, context);
}

Result<int64_t> Merger::AddPiece(const Datum& values, arrow::MemoryPool* pool) {
  const int64_t start = pieces_length_ + 1;
  if (values.is_scalar()) {
    ARROW_ASSIGN_OR_RAISE(auto piece, arrow::MakeArrayFromScalar(*values.scalar(), 1, pool));
    pieces_.push_back(std::move(piece));
  } else {
    pieces_.push_back(values.make_array());
  }
  // Branches may differ in the nullability of nested fields.
  pieces_.back() = WithType(pieces_.back(), type_);
  pieces_length_ += pieces_.back()->length();
  return start;
}

Status Merger::Add(const Datum& values, const std::vector<int32_t>& rows, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(const int64_t start, AddPiece(values, pool));
  const int64_t step = values.is_scalar() ? 0 : 1;
  int64_t position = start;
  for (int32_t row : rows) {
    sources_[row] = position;
    position += step;
  }
  assigned_ += static_cast<int64_t>(rows.size());
  return Status::OK();
}

Status Merger::AddAligned(const Datum& values, const std::vector<int32_t>& rows,
                          arrow::MemoryPool* pool) {
  if (values.is_scalar()) return Add(values, rows, pool);
  ARROW_ASSIGN_OR_RAISE(const int64_t start, AddPiece(values, pool));
  for (int32_t row : rows) sources_[row] = start + row;
  assigned_ += static_cast<int64_t>(rows.size());
  return Status::OK();
}

Result<Datum> Merger::Finish(arrow::MemoryPool* pool) && {
  const auto length = static_cast<int64_t>(sources_.size());
  if (pieces_.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(type_, length, pool));
    return Datum(std::move(nulls));
  }
  if (assigned_ == length) {
    // No row is null by default: leave position 0 out.
    for (int64_t& source : sources_) --source;
  } else {
    ARROW_ASSIGN_OR_RAISE(auto null, arrow::MakeArrayOfNull(type_, 1, pool));
    pieces_.insert(pieces_.begin(), std::move(null));
  }
  std::shared_ptr<arrow::Array> all = pieces_[0];
  if (pieces_.size() > 1) {
    ARROW_ASSIGN_OR_RAISE(all, arrow::Concatenate(pieces_, pool));
  }
  return Gather(all, Wrap(sources_), pool);
}

std::vector<int32_t> AllRows(int64_t length) {
  std::vector<int32_t> rows(length);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace headrace
