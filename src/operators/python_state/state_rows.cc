#include "operators/python_state/state_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/type_traits.h>

namespace headrace {

StateRows::StateRows(SchemaPtr schema, bool binary_as_bytes)
    : schema_(std::move(schema)),
      type_(arrow::struct_(schema_->fields())),
      pickles_(binary_as_bytes) {}

void StateRows::Clear() {
  chunks_.clear();
  size_ = 0;
  builder_.reset();
}

Result<int64_t> StateRows::Add(std::string_view pickled_tuple) {
  ARROW_ASSIGN_OR_RAISE(const PythonValuePtr row, ReadPickle(pickled_tuple));
  return Append(*row);
}

Result<int64_t> StateRows::AddKey(std::string_view pickled_tuple, bool nan_is_null) {
  ARROW_ASSIGN_OR_RAISE(const PythonValuePtr row, ReadPickle(pickled_tuple));
  const size_t columns = std::min(row->elements.size(), schema_->fields().size());
  for (size_t i = 0; i < columns; ++i) {
    PythonValuePtr& value = row->elements[i];
    if (value->kind != PythonValue::Kind::kReal || !std::isnan(value->real)) continue;
    const bool is_real = arrow::is_floating(schema_->field(static_cast<int>(i))->type()->id());
    if (!is_real || nan_is_null) value = std::make_shared<PythonValue>();
  }
  return Append(*row);
}

Result<int64_t> StateRows::Append(const PythonValue& row) {
  if (row.kind != PythonValue::Kind::kTuple) {
    return Status::IOError("a Python worker sent a state that is no tuple");
  }
  if (builder_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type_));
    builder_.reset(static_cast<arrow::StructBuilder*>(builder.release()));
  }
  ARROW_RETURN_NOT_OK(AppendPythonValue(row, *type_, builder_.get()));
  return size() - 1;
}

Status StateRows::FinishBuilder() {
  if (builder_ == nullptr) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr rows, builder_->Finish());
  builder_.reset();
  return AddChunk(static_cast<const arrow::StructArray&>(*rows).fields(), rows->length()).status();
}

Result<int64_t> StateRows::AddAll(const arrow::Array& structs) {
  ARROW_RETURN_NOT_OK(FinishBuilder());
  ARROW_ASSIGN_OR_RAISE(Arrays columns, static_cast<const arrow::StructArray&>(structs).Flatten());
  return AddChunk(std::move(columns), structs.length());
}

Result<int64_t> StateRows::AddAll(const arrow::RecordBatch& rows) {
  ARROW_RETURN_NOT_OK(FinishBuilder());
  return AddChunk(rows.columns(), rows.num_rows());
}

Result<int64_t> StateRows::AddChunk(Arrays columns, int64_t rows) {
  const int64_t first = size_;
  if (rows > 0) chunks_.push_back({first, std::move(columns)});
  size_ += rows;
  return first;
}

Result<const StateRows::Chunk*> StateRows::Find(int64_t* number) {
  if (*number >= size_) ARROW_RETURN_NOT_OK(FinishBuilder());
  auto chunk = std::upper_bound(chunks_.begin(), chunks_.end(), *number,
                                [](int64_t n, const Chunk& each) { return n < each.first; });
  --chunk;
  *number -= chunk->first;
  return &*chunk;
}

Result<std::string> StateRows::PickledTuple(int64_t number) {
  ARROW_ASSIGN_OR_RAISE(const Chunk* chunk, Find(&number));
  return pickles_.Tuple(chunk->columns, number);
}

Result<std::string> StateRows::PickledRow(int64_t number) {
  ARROW_ASSIGN_OR_RAISE(const Chunk* chunk, Find(&number));
  return pickles_.Row(*schema_, chunk->columns, number);
}

Result<std::string> StateRows::Encoding(int64_t number) {
  ARROW_ASSIGN_OR_RAISE(const Chunk* chunk, Find(&number));
  Arrays row;
  for (const ArrayPtr& column : chunk->columns) row.push_back(column->Slice(number, 1));
  ARROW_RETURN_NOT_OK(EncodeRows(row, 1, &encoded_));
  return std::string(encoded_.row(0));
}

Result<ArrayPtr> StateRows::Take(const std::vector<int64_t>& numbers) {
  ARROW_RETURN_NOT_OK(FinishBuilder());
  std::vector<uint32_t> rows(numbers.begin(), numbers.end());
  Arrays columns;
  for (int i = 0; i < schema_->num_fields(); ++i) {
    Arrays pieces;
    for (const Chunk& chunk : chunks_) pieces.push_back(chunk.columns[static_cast<size_t>(i)]);
    if (pieces.empty()) {
      ARROW_ASSIGN_OR_RAISE(pieces.emplace_back(),
                            arrow::MakeEmptyArray(schema_->field(i)->type()));
    }
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr all, arrow::Concatenate(pieces));
    ARROW_ASSIGN_OR_RAISE(const Arrays taken, TakeRows(Arrays{all}, rows));
    columns.push_back(taken[0]);
  }
  return std::make_shared<arrow::StructArray>(type_, static_cast<int64_t>(numbers.size()),
                                              std::move(columns));
}

}  // namespace headrace
