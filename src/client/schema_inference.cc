// The types of values.
#include <optional>

#include "client/exception_factory.h"
#include "client/literal_message.h"
#include "client/row_encoding.h"

namespace headrace::client {
namespace {

using Kind = DataType::Kind;

DataType TypeOf(const Value& value, const std::string& column);
DataType Join(const DataType& left, const DataType& right, const std::string& column);

template <typename Values, typename Select>
DataType CommonType(const Values& values, Select select, const std::string& column) {
  DataType type = NullType();
  for (const auto& value : values) type = Join(type, TypeOf(select(value), column), column);
  return type;
}

struct TypeFinder {
  const std::string& column;

  DataType operator()(std::monostate) const { return NullType(); }
  DataType operator()(bool) const { return BooleanType(); }
  DataType operator()(int8_t) const { return ByteType(); }
  DataType operator()(int16_t) const { return ShortType(); }
  DataType operator()(int32_t) const { return IntegerType(); }
  DataType operator()(int64_t) const { return LongType(); }
  DataType operator()(float) const { return FloatType(); }
  DataType operator()(double) const { return DoubleType(); }
  DataType operator()(const std::string&) const { return StringType(); }
  DataType operator()(const Binary&) const { return BinaryType(); }
  // PySpark's choice, which leaves room on both sides of the point.
  DataType operator()(const Decimal&) const { return DecimalType(38, 18); }
  DataType operator()(Date) const { return DateType(); }
  DataType operator()(Timestamp) const { return TimestampType(); }
  DataType operator()(TimestampNtz) const { return TimestampNTZType(); }
  DataType operator()(DayTimeInterval) const { return DayTimeIntervalType(); }
  DataType operator()(YearMonthInterval) const { return YearMonthIntervalType(); }
  DataType operator()(const std::shared_ptr<const Array>& elements) const {
    return ArrayType(CommonType(
        *elements, [](const Value& value) { return value; }, column));
  }
  DataType operator()(const std::shared_ptr<const Map>& entries) const {
    return MapType(CommonType(
                       *entries, [](const auto& entry) { return entry.first; }, column),
                   CommonType(
                       *entries, [](const auto& entry) { return entry.second; }, column));
  }
  DataType operator()(const std::shared_ptr<const Row>& row) const {
    StructType type;
    for (size_t i = 0; i < row->size(); ++i) {
      type.add(i < row->names().size() ? row->names()[i] : "_" + std::to_string(i + 1),
               TypeOf((*row)[i], column));
    }
    return type;
  }
};

DataType TypeOf(const Value& value, const std::string& column) {
  return std::visit(TypeFinder{column}, value.data());
}

// Position among the types that widen into each other, or -1.
int WidthOf(Kind kind) {
  switch (kind) {
    case Kind::kByte:
      return 0;
    case Kind::kShort:
      return 1;
    case Kind::kInteger:
      return 2;
    case Kind::kLong:
      return 3;
    default:
      return -1;
  }
}

DataType Join(const DataType& left, const DataType& right, const std::string& column) {
  if (left.kind() == Kind::kNull) return right;
  if (right.kind() == Kind::kNull || left == right) return left;
  const int left_width = WidthOf(left.kind());
  const int right_width = WidthOf(right.kind());
  if (left_width >= 0 && right_width >= 0) return left_width > right_width ? left : right;
  if (left.kind() == Kind::kArray && right.kind() == Kind::kArray) {
    return ArrayType(Join(left.elementType(), right.elementType(), column));
  }
  if (left.kind() == Kind::kMap && right.kind() == Kind::kMap) {
    return MapType(Join(left.keyType(), right.keyType(), column),
                   Join(left.valueType(), right.valueType(), column));
  }
  if (left.kind() == Kind::kStruct && right.kind() == Kind::kStruct &&
      left.fields().size() == right.fields().size()) {
    StructType type;
    for (size_t i = 0; i < left.fields().size(); ++i) {
      type.add(left.fields()[i].name,
               Join(left.fields()[i].dataType, right.fields()[i].dataType, column));
    }
    return type;
  }
  ThrowIllegalArgument("CANNOT_MERGE_TYPE",
                       "Column " + column + " has values of the types " + left.simpleString() +
                           " and " + right.simpleString() + ". Give a schema.",
                       {{"data_type1", left.simpleString()}, {"data_type2", right.simpleString()}});
}

}  // namespace

StructType InferSchema(const std::vector<Row>& rows, const std::vector<std::string>& names) {
  StructType schema;
  for (size_t i = 0; i < names.size(); ++i) {
    DataType type = NullType();
    for (const Row& row : rows) {
      if (i < row.size()) type = Join(type, TypeOf(row[i], names[i]), names[i]);
    }
    schema.add(names[i], type);
  }
  return schema;
}

}  // namespace headrace::client
