#include "operators/rows.h"

#include <algorithm>
#include <utility>

#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/util/bit_util.h>

#include "types/with_type.h"

namespace headrace {
namespace {

// Columns that a filter has emptied (filter.cc) stay as they are, only their length changes.
Result<ArrayPtr> TakeColumn(const ArrayPtr& column, const arrow::Array& indices) {
  if (column->type_id() == arrow::Type::NA) {
    return std::make_shared<arrow::NullArray>(indices.length());
  }
  return arrow::compute::Take(*column, indices, arrow::compute::TakeOptions::NoBoundsCheck());
}

arrow::UInt32Array AsArray(const std::vector<uint32_t>& rows) {
  return arrow::UInt32Array(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
}

}  // namespace

Result<Arrays> TakeRows(const Arrays& columns, const std::vector<uint32_t>& rows) {
  const arrow::UInt32Array indices = AsArray(rows);
  Arrays taken(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(taken[i], TakeColumn(columns[i], indices));
  }
  return taken;
}

Result<BatchPtr> TakeRows(const arrow::RecordBatch& batch, const std::vector<uint32_t>& rows) {
  ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(batch.columns(), rows));
  return MakeBatch(batch.schema(), static_cast<int64_t>(rows.size()), std::move(columns));
}

Result<Arrays> TakeRowsOrNull(const Arrays& columns, const std::vector<int64_t>& rows) {
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(rows.size())));
  for (const int64_t row : rows) {
    if (row < 0) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(row);
    }
  }
  ARROW_ASSIGN_OR_RAISE(ArrayPtr indices, builder.Finish());
  Arrays taken(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(taken[i], TakeColumn(columns[i], *indices));
  }
  return taken;
}

void TrueRows(const arrow::Array& condition, std::vector<uint8_t>* mask) {
  const int64_t length = condition.length();
  mask->assign(static_cast<size_t>(length), 0);
  if (condition.type_id() == arrow::Type::NA) return;
  const uint8_t* values = condition.data()->buffers[1]->data();
  const uint8_t* valid = condition.null_count() == 0 ? nullptr : condition.null_bitmap_data();
  const int64_t offset = condition.offset();
  for (int64_t i = 0; i < length; ++i) {
    (*mask)[i] = arrow::bit_util::GetBit(values, offset + i) &&
                 (valid == nullptr || arrow::bit_util::GetBit(valid, offset + i));
  }
}

Result<BatchPtr> KeepRows(const BatchPtr& batch, const std::vector<uint8_t>& mask) {
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) rows.push_back(static_cast<uint32_t>(i));
  }
  if (rows.size() == mask.size()) return batch;
  return TakeRows(*batch, rows);
}

Result<BatchPtr> ConcatenateBatches(const SchemaPtr& schema, const std::vector<BatchPtr>& batches) {
  if (batches.size() == 1) return batches[0];
  if (batches.empty()) return arrow::RecordBatch::MakeEmpty(schema);
  Arrays columns(static_cast<size_t>(batches[0]->num_columns()));
  for (size_t i = 0; i < columns.size(); ++i) {
    const DataTypePtr& type = schema->field(static_cast<int>(i))->type();
    Arrays pieces;
    for (const BatchPtr& batch : batches) {
      const ArrayPtr piece = batch->column(static_cast<int>(i));
      // The sides of a union may differ in the nullability of nested fields.
      pieces.push_back(SameType(*piece->type(), *type) ? WithType(piece, type) : piece);
    }
    ARROW_ASSIGN_OR_RAISE(columns[i], arrow::Concatenate(pieces));
  }
  return MakeBatch(schema, CountRows(batches), std::move(columns));
}

int64_t CountRows(const std::vector<BatchPtr>& batches) {
  int64_t rows = 0;
  for (const BatchPtr& batch : batches) rows += batch->num_rows();
  return rows;
}

Status PushInSlices(const BatchPtr& batch, BatchOutput* output) {
  const int64_t rows = batch->num_rows();
  if (rows == 0) return Status::OK();
  // A little more than a batch is not cut in two.
  if (rows <= kBatchRows + kBatchRows / 2) return output->Push(batch);
  for (int64_t start = 0; start < rows; start += kBatchRows) {
    ARROW_RETURN_NOT_OK(output->Push(batch->Slice(start, kBatchRows)));
  }
  return Status::OK();
}

BatchPtr WithSchema(const SchemaPtr& schema, const BatchPtr& batch) {
  return MakeBatch(schema, batch->num_rows(), batch->columns());
}

BatchPtr MakeBatch(const SchemaPtr& schema, int64_t rows, Arrays columns) {
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

}  // namespace headrace
