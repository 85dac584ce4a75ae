#include "functions/column.h"

#include <arrow/util/bitmap_ops.h>

namespace headrace {

Result<arrow::Datum> Columns::Finish(const ArrayPtr& result) const {
  if (!constant) return arrow::Datum(result);
  ARROW_ASSIGN_OR_RAISE(auto scalar, result->GetScalar(0));
  return arrow::Datum(std::move(scalar));
}

Result<Columns> MakeColumns(const std::vector<arrow::Datum>& arguments, int64_t length) {
  Columns columns;
  columns.constant = true;
  columns.columns.reserve(arguments.size());
  for (const arrow::Datum& argument : arguments) {
    Column column;
    if (argument.is_scalar()) {
      ARROW_ASSIGN_OR_RAISE(column.array, arrow::MakeArrayFromScalar(*argument.scalar(), 1));
      column.constant = true;
    } else {
      column.array = argument.make_array();
      columns.constant = false;
    }
    columns.columns.push_back(std::move(column));
  }
  columns.rows = columns.constant ? 1 : length;
  return columns;
}

Result<Validity> CombineValidity(const Columns& columns, arrow::MemoryPool* pool) {
  Validity validity;
  bool combined = false;  // whether `bitmap` is ours to write to
  for (size_t i = 0; i < columns.size(); ++i) {
    const arrow::Array& array = *columns[i].array;
    if (array.null_count() == 0) continue;
    if (columns[i].constant || array.type_id() == arrow::Type::NA) {
      ARROW_ASSIGN_OR_RAISE(validity.bitmap, arrow::AllocateEmptyBitmap(columns.rows, pool));
      validity.null_count = columns.rows;
      return validity;
    }
    if (validity.bitmap == nullptr) {
      if (array.offset() == 0) {
        validity.bitmap = array.null_bitmap();
      } else {
        ARROW_ASSIGN_OR_RAISE(validity.bitmap,
                              arrow::internal::CopyBitmap(pool, array.null_bitmap_data(),
                                                          array.offset(), columns.rows));
      }
      validity.null_count = array.null_count();
    } else {
      if (!combined) {
        ARROW_ASSIGN_OR_RAISE(validity.bitmap, arrow::internal::CopyBitmap(
                                                   pool, validity.bitmap->data(), 0, columns.rows));
        combined = true;
      }
      uint8_t* bits = validity.bitmap->mutable_data();
      arrow::internal::BitmapAnd(bits, 0, array.null_bitmap_data(), array.offset(), columns.rows, 0,
                                 bits);
      validity.null_count = columns.rows - arrow::internal::CountSetBits(bits, 0, columns.rows);
    }
  }
  return validity;
}

ArrayPtr MakeFixedArray(const DataTypePtr& type, int64_t rows, Validity validity,
                        std::shared_ptr<arrow::Buffer> values) {
  if (validity.null_count == 0) validity.bitmap = nullptr;
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, rows, {std::move(validity.bitmap), std::move(values)}, validity.null_count));
}

Result<ArrayPtr> Writer<std::string>::Finish(const DataTypePtr& type, int64_t rows,
                                             Validity validity) {
  if (bytes_.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return Status::CapacityError("a string column of one batch exceeds 2 GiB; use smaller batches");
  }
  if (validity.null_count == 0) validity.bitmap = nullptr;
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, rows,
      {std::move(validity.bitmap), offsets_, arrow::Buffer::FromString(std::move(bytes_))},
      validity.null_count));
}

}  // namespace headrace
