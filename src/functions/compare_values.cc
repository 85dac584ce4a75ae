#include "functions/compare_values.h"

namespace headrace {
namespace {

template <typename ArrayType>
int CompareAs(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  return CompareNumbers(static_cast<const ArrayType&>(left).Value(i),
                        static_cast<const ArrayType&>(right).Value(j));
}

int CompareLists(const arrow::ListArray& left, int64_t i, const arrow::ListArray& right,
                 int64_t j) {
  const int64_t left_size = left.value_length(i), right_size = right.value_length(j);
  const int64_t common = std::min(left_size, right_size);
  for (int64_t k = 0; k < common; ++k) {
    const int order = CompareNullable(*left.values(), left.value_offset(i) + k, *right.values(),
                                      right.value_offset(j) + k);
    if (order != 0) return order;
  }
  return CompareNumbers(left_size, right_size);
}

}  // namespace

int CompareNullable(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  const bool left_null = left.IsNull(i), right_null = right.IsNull(j);
  if (left_null || right_null) return static_cast<int>(right_null) - static_cast<int>(left_null);
  return CompareValues(left, i, right, j);
}

int CompareValues(const arrow::Array& left, int64_t i, const arrow::Array& right, int64_t j) {
  switch (left.type_id()) {
    case arrow::Type::NA:
      return 0;
    case arrow::Type::BOOL:
      return CompareAs<arrow::BooleanArray>(left, i, right, j);
    case arrow::Type::INT8:
      return CompareAs<arrow::Int8Array>(left, i, right, j);
    case arrow::Type::INT16:
      return CompareAs<arrow::Int16Array>(left, i, right, j);
    case arrow::Type::INT32:
      return CompareAs<arrow::Int32Array>(left, i, right, j);
    case arrow::Type::INT64:
      return CompareAs<arrow::Int64Array>(left, i, right, j);
    case arrow::Type::FLOAT:
      return CompareAs<arrow::FloatArray>(left, i, right, j);
    case arrow::Type::DOUBLE:
      return CompareAs<arrow::DoubleArray>(left, i, right, j);
    case arrow::Type::DATE32:
      return CompareAs<arrow::Date32Array>(left, i, right, j);
    case arrow::Type::TIMESTAMP:
      return CompareAs<arrow::TimestampArray>(left, i, right, j);
    case arrow::Type::DURATION:
      return CompareAs<arrow::DurationArray>(left, i, right, j);
    case arrow::Type::INTERVAL_MONTHS:
      return CompareAs<arrow::MonthIntervalArray>(left, i, right, j);
    case arrow::Type::DECIMAL128:
      return CompareNumbers(
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(left).GetValue(i)),
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(right).GetValue(j)));
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(left).GetView(i).compare(
          static_cast<const arrow::BinaryArray&>(right).GetView(j));
    case arrow::Type::LIST:
      return CompareLists(static_cast<const arrow::ListArray&>(left), i,
                          static_cast<const arrow::ListArray&>(right), j);
    case arrow::Type::STRUCT: {
      const auto& a = static_cast<const arrow::StructArray&>(left);
      const auto& b = static_cast<const arrow::StructArray&>(right);
      for (int field = 0; field < a.num_fields(); ++field) {
        const int order = CompareNullable(*a.field(field), i, *b.field(field), j);
        if (order != 0) return order;
      }
      return 0;
    }
    default:
      return left.RangeEquals(right, i, i + 1, j) ? 0 : 1;
  }
}

bool IsOrderable(const DataType& type) {
  if (type.id() == arrow::Type::MAP) return false;
  for (const auto& field : type.fields()) {
    if (!IsOrderable(*field->type())) return false;
  }
  return true;
}

}  // namespace headrace
