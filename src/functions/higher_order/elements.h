// The elements of array and map columns in one piece, as lambdas are evaluated over them.
#pragma once

#include <vector>

#include "functions/column.h"

namespace headrace {

// Which elements there are, row after row. Rows that are null have none, whatever their list holds.
struct ElementRows {
  ArrayPtr rows;                 // int64: the row of each element
  std::vector<int32_t> offsets;  // of each row's elements, and their number at the end
  int64_t count() const { return offsets.back(); }
};

// Of a list or map array; its Flatten() gives the elements in this order.
Result<ElementRows> RowsOf(const arrow::ListArray& lists, arrow::MemoryPool* pool);
// Of rows with these numbers of elements.
Result<ElementRows> RowsOfSizes(const std::vector<int32_t>& sizes, arrow::MemoryPool* pool);
// 0 for the first element of a row, 1 for the next, … (int32).
Result<ArrayPtr> PositionsInRows(const ElementRows& rows, arrow::MemoryPool* pool);

// The array's validity from its first row on; null if no row is null.
Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::Array& array,
                                                  arrow::MemoryPool* pool);
// A list array of `type`; its rows are null as `validity` says.
ArrayPtr MakeList(const DataTypePtr& type, const std::vector<int32_t>& offsets,
                  std::shared_ptr<arrow::Buffer> validity, const ArrayPtr& values);
ArrayPtr MakeMap(const DataTypePtr& type, const std::vector<int32_t>& offsets,
                 std::shared_ptr<arrow::Buffer> validity, const ArrayPtr& keys,
                 const ArrayPtr& items);

struct MapElements {
  ElementRows rows;
  ArrayPtr keys, items;
};
Result<MapElements> ElementsOfMaps(const arrow::MapArray& maps, arrow::MemoryPool* pool);

// Keeps the elements for which `mask` is true: positions of those, and the rows' new offsets.
struct KeptElements {
  std::vector<int64_t> positions;
  std::vector<int32_t> offsets;
};
KeptElements Keep(const ElementRows& rows, const arrow::BooleanArray& mask);

}  // namespace headrace
