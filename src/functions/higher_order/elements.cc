#include "functions/higher_order/elements.h"

#include <arrow/buffer.h>
#include <arrow/util/bitmap_ops.h>

#include "types/with_type.h"

namespace headrace {
namespace {

std::shared_ptr<arrow::Buffer> Owned(std::vector<int32_t> offsets) {
  return arrow::Buffer::FromVector(std::move(offsets));
}

}  // namespace

Result<ElementRows> RowsOfSizes(const std::vector<int32_t>& sizes, arrow::MemoryPool* pool) {
  ElementRows result;
  result.offsets.reserve(sizes.size() + 1);
  result.offsets.push_back(0);
  int64_t count = 0;
  for (const int32_t size : sizes) {
    count += size;
    if (count > std::numeric_limits<int32_t>::max()) {
      return Status::CapacityError("the arrays of a batch have more than 2^31 elements together");
    }
    result.offsets.push_back(static_cast<int32_t>(count));
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(count * 8, pool));
  auto* row = reinterpret_cast<int64_t*>(buffer->mutable_data());
  for (size_t i = 0; i < sizes.size(); ++i) {
    row = std::fill_n(row, sizes[i], static_cast<int64_t>(i));
  }
  result.rows = std::make_shared<arrow::Int64Array>(count, std::move(buffer));
  return result;
}

Result<ElementRows> RowsOf(const arrow::ListArray& lists, arrow::MemoryPool* pool) {
  std::vector<int32_t> sizes(lists.length());
  for (int64_t i = 0; i < lists.length(); ++i) {
    sizes[i] = lists.IsNull(i) ? 0 : lists.value_length(i);
  }
  return RowsOfSizes(sizes, pool);
}

Result<ArrayPtr> PositionsInRows(const ElementRows& rows, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(rows.count() * 4, pool));
  auto* position = reinterpret_cast<int32_t*>(buffer->mutable_data());
  for (size_t i = 0; i + 1 < rows.offsets.size(); ++i) {
    const int32_t size = rows.offsets[i + 1] - rows.offsets[i];
    for (int32_t p = 0; p < size; ++p) *position++ = p;
  }
  return std::make_shared<arrow::Int32Array>(rows.count(), std::move(buffer));
}

Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::Array& array,
                                                  arrow::MemoryPool* pool) {
  if (array.null_count() == 0) return std::shared_ptr<arrow::Buffer>();
  if (array.offset() == 0) return array.null_bitmap();
  return arrow::internal::CopyBitmap(pool, array.null_bitmap_data(), array.offset(),
                                     array.length());
}

ArrayPtr MakeList(const DataTypePtr& type, const std::vector<int32_t>& offsets,
                  std::shared_ptr<arrow::Buffer> validity, const ArrayPtr& values) {
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, static_cast<int64_t>(offsets.size()) - 1, {std::move(validity), Owned(offsets)},
      {WithType(values, type->field(0)->type())->data()}));
}

ArrayPtr MakeMap(const DataTypePtr& type, const std::vector<int32_t>& offsets,
                 std::shared_ptr<arrow::Buffer> validity, const ArrayPtr& keys,
                 const ArrayPtr& items) {
  const auto& map = static_cast<const arrow::MapType&>(*type);
  auto entries = arrow::ArrayData::Make(
      type->field(0)->type(), keys->length(), {nullptr},
      {WithType(keys, map.key_type())->data(), WithType(items, map.item_type())->data()}, 0);
  return arrow::MakeArray(arrow::ArrayData::Make(type, static_cast<int64_t>(offsets.size()) - 1,
                                                 {std::move(validity), Owned(offsets)},
                                                 {std::move(entries)}));
}

Result<MapElements> ElementsOfMaps(const arrow::MapArray& maps, arrow::MemoryPool* pool) {
  MapElements elements;
  const auto& lists = static_cast<const arrow::ListArray&>(maps);
  ARROW_ASSIGN_OR_RAISE(elements.rows, RowsOf(lists, pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr entries, lists.Flatten(pool));
  const auto& pairs = static_cast<const arrow::StructArray&>(*entries);
  elements.keys = pairs.field(0);
  elements.items = pairs.field(1);
  return elements;
}

KeptElements Keep(const ElementRows& rows, const arrow::BooleanArray& mask) {
  KeptElements kept;
  kept.offsets.reserve(rows.offsets.size());
  kept.offsets.push_back(0);
  const bool nulls = mask.null_count() > 0;
  for (size_t row = 0; row + 1 < rows.offsets.size(); ++row) {
    for (int64_t e = rows.offsets[row]; e < rows.offsets[row + 1]; ++e) {
      if (mask.Value(e) && !(nulls && mask.IsNull(e))) kept.positions.push_back(e);
    }
    kept.offsets.push_back(static_cast<int32_t>(kept.positions.size()));
  }
  return kept;
}

}  // namespace headrace
