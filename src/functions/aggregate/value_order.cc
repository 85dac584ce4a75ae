#include "functions/aggregate/value_order.h"

#include <algorithm>
#include <type_traits>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/util/decimal.h>

namespace headrace {
namespace {

template <typename T>
int CompareNumbers(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  const T a = left.data()->GetValues<T>(1)[i];
  const T b = right.data()->GetValues<T>(1)[j];
  if constexpr (std::is_floating_point_v<T>) return CompareFloats(a, b);
  return a < b ? -1 : static_cast<int>(a > b);
}

int CompareBooleans(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  return static_cast<int>(static_cast<const arrow::BooleanArray&>(left).Value(i)) -
         static_cast<int>(static_cast<const arrow::BooleanArray&>(right).Value(j));
}

int CompareBytes(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  return static_cast<const arrow::BinaryArray&>(left).GetView(i).compare(
      static_cast<const arrow::BinaryArray&>(right).GetView(j));
}

int CompareDecimals(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  const arrow::Decimal128 a(static_cast<const arrow::Decimal128Array&>(left).GetValue(i));
  const arrow::Decimal128 b(static_cast<const arrow::Decimal128Array&>(right).GetValue(j));
  return a < b ? -1 : static_cast<int>(a > b);
}

int CompareNothing(const arrow::Array&, int64_t, const arrow::Array&, int64_t) { return 0; }

// Nulls first.
int CompareNullable(CompareValues compare, const arrow::Array& left, int64_t i,
                    const arrow::Array& right, int64_t j) {
  const bool left_null = left.IsNull(i), right_null = right.IsNull(j);
  if (left_null || right_null) return static_cast<int>(right_null) - static_cast<int>(left_null);
  return compare(left, i, right, j);
}

int CompareStructs(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  const auto& a = static_cast<const arrow::StructArray&>(left);
  const auto& b = static_cast<const arrow::StructArray&>(right);
  for (int field = 0; field < a.num_fields(); ++field) {
    const int order = CompareNullable(ComparisonFor(*a.field(field)->type()), *a.field(field), i,
                                      *b.field(field), j);
    if (order != 0) return order;
  }
  return 0;
}

int CompareLists(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  const auto& a = static_cast<const arrow::ListArray&>(left);
  const auto& b = static_cast<const arrow::ListArray&>(right);
  const CompareValues compare = ComparisonFor(*a.value_type());
  const int64_t shared = std::min(a.value_length(i), b.value_length(j));
  for (int64_t k = 0; k < shared; ++k) {
    const int order = CompareNullable(compare, *a.values(), a.value_offset(i) + k, *b.values(),
                                      b.value_offset(j) + k);
    if (order != 0) return order;
  }
  return a.value_length(i) < b.value_length(j)
             ? -1
             : static_cast<int>(a.value_length(i) > b.value_length(j));
}

}  // namespace

CompareValues ComparisonFor(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return CompareNothing;
    case arrow::Type::BOOL:
      return CompareBooleans;
    case arrow::Type::INT8:
      return CompareNumbers<int8_t>;
    case arrow::Type::INT16:
      return CompareNumbers<int16_t>;
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return CompareNumbers<int32_t>;
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return CompareNumbers<int64_t>;
    case arrow::Type::FLOAT:
      return CompareNumbers<float>;
    case arrow::Type::DOUBLE:
      return CompareNumbers<double>;
    case arrow::Type::DECIMAL128:
      return CompareDecimals;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return CompareBytes;
    case arrow::Type::STRUCT:
      for (const FieldPtr& field : type.fields()) {
        if (ComparisonFor(*field->type()) == nullptr) return nullptr;
      }
      return CompareStructs;
    case arrow::Type::LIST:
      return ComparisonFor(*type.field(0)->type()) == nullptr ? nullptr : CompareLists;
    default:
      return nullptr;
  }
}

}  // namespace headrace
