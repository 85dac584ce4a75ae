#include "client/row_encoding.h"

#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include "client/exception_factory.h"
#include "client/literal_message.h"

namespace headrace::client {
namespace {

using Kind = DataType::Kind;

// Where a value stands, for messages.
struct Place {
  size_t row;
  const std::string& column;
};

[[noreturn]] void ThrowNotOfType(const Value& value, const DataType& type, const Place& place) {
  ThrowIllegalArgument("CANNOT_ACCEPT_OBJECT_IN_TYPE",
                       "Row " + std::to_string(place.row) + " has in column " + place.column +
                           " the value " + value.toString() + ", which is no " +
                           type.simpleString() + ".",
                       {{"data_type", type.simpleString()}, {"obj_name", value.toString()}});
}

void OrThrow(const arrow::Status& status) {
  if (!status.ok()) ThrowConnectError("Arrow failed: " + status.message());
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const DataType& type);

std::shared_ptr<arrow::Field> ArrowField(const StructField& field) {
  return arrow::field(field.name, ArrowTypeOf(field.dataType), field.nullable);
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const DataType& type) {
  switch (type.kind()) {
    case Kind::kNull:
      return arrow::null();
    case Kind::kBoolean:
      return arrow::boolean();
    case Kind::kByte:
      return arrow::int8();
    case Kind::kShort:
      return arrow::int16();
    case Kind::kInteger:
      return arrow::int32();
    case Kind::kLong:
      return arrow::int64();
    case Kind::kFloat:
      return arrow::float32();
    case Kind::kDouble:
      return arrow::float64();
    case Kind::kDecimal:
      return arrow::decimal128(type.precision(), type.scale());
    case Kind::kString:
    case Kind::kChar:
    case Kind::kVarchar:
      return arrow::utf8();
    case Kind::kBinary:
      return arrow::binary();
    case Kind::kDate:
      return arrow::date32();
    case Kind::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case Kind::kTimestampNtz:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case Kind::kDayTimeInterval:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case Kind::kYearMonthInterval:
      return arrow::month_interval();
    case Kind::kArray:
      return arrow::list(
          arrow::field("element", ArrowTypeOf(type.elementType()), type.containsNull()));
    case Kind::kMap:
      return arrow::map(ArrowTypeOf(type.keyType()),
                        arrow::field("value", ArrowTypeOf(type.valueType()), type.containsNull()));
    case Kind::kStruct: {
      arrow::FieldVector fields;
      for (const StructField& field : type.fields()) fields.push_back(ArrowField(field));
      return arrow::struct_(std::move(fields));
    }
    case Kind::kCalendarInterval:
    case Kind::kVariant:
    case Kind::kOther:
      break;
  }
  ThrowIllegalArgument("UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION",
                       "A DataFrame cannot be made of values of type " + type.simpleString() +
                           ". Make it of another type and cast the column.",
                       {{"data_type", type.simpleString()}});
}

void AppendValue(const Value& value, const DataType& type, const Place& place,
                 arrow::ArrayBuilder* builder);

template <typename Builder>
Builder* As(arrow::ArrayBuilder* builder) {
  return static_cast<Builder*>(builder);
}

template <typename T>
const T& Stored(const Value& value, const DataType& type, const Place& place) {
  if (const T* stored = std::get_if<T>(&value.data())) return *stored;
  ThrowNotOfType(value, type, place);
}

std::optional<int64_t> IntegerIn(const Value& value) {
  if (auto* byte = std::get_if<int8_t>(&value.data())) return *byte;
  if (auto* small = std::get_if<int16_t>(&value.data())) return *small;
  if (auto* integer = std::get_if<int32_t>(&value.data())) return *integer;
  if (auto* wide = std::get_if<int64_t>(&value.data())) return *wide;
  return std::nullopt;
}

template <typename Builder, typename T>
void AppendInteger(const Value& value, const DataType& type, const Place& place,
                   arrow::ArrayBuilder* builder) {
  const std::optional<int64_t> integer = IntegerIn(value);
  if (!integer.has_value() || !std::in_range<T>(*integer)) ThrowNotOfType(value, type, place);
  OrThrow(As<Builder>(builder)->Append(static_cast<T>(*integer)));
}

template <typename Builder, typename T>
void AppendFloating(const Value& value, const DataType& type, const Place& place,
                    arrow::ArrayBuilder* builder) {
  T number;
  if (auto* single = std::get_if<float>(&value.data())) {
    number = *single;
  } else if (auto* wide = std::get_if<double>(&value.data())) {
    number = static_cast<T>(*wide);
  } else {
    const std::optional<int64_t> integer = IntegerIn(value);
    // Integers beyond a float's or double's mantissa would change.
    constexpr int64_t kExact = int64_t{1} << std::numeric_limits<T>::digits;
    if (!integer.has_value() || *integer > kExact || *integer < -kExact) {
      ThrowNotOfType(value, type, place);
    }
    number = static_cast<T>(*integer);
  }
  OrThrow(As<Builder>(builder)->Append(number));
}

void AppendDecimal(const Value& value, const DataType& type, const Place& place,
                   arrow::ArrayBuilder* builder) {
  const std::optional<int64_t> integer = IntegerIn(value);
  const Decimal decimal =
      integer.has_value() ? Decimal{std::to_string(*integer)} : Stored<Decimal>(value, type, place);
  const int32_t scale = SizeOf(decimal).scale;
  auto number = arrow::Decimal128::FromString(decimal.text);
  if (number.ok()) number = number->Rescale(scale, type.scale());
  if (!number.ok() || !number->FitsInPrecision(type.precision())) {
    ThrowNotOfType(value, type, place);
  }
  OrThrow(As<arrow::Decimal128Builder>(builder)->Append(*number));
}

void AppendElement(const Value& value, const DataType& type, bool nullable, const Place& place,
                   arrow::ArrayBuilder* builder) {
  if (value.isNull() && !nullable) {
    ThrowIllegalArgument("FIELD_NOT_NULLABLE_WITH_NAME",
                         "Row " + std::to_string(place.row) + " has in column " + place.column +
                             " a null, which the schema does not allow there.",
                         {{"field_name", place.column}});
  }
  AppendValue(value, type, place, builder);
}

void AppendRow(const Row& row, const DataType& type, const Place& place,
               arrow::StructBuilder* builder) {
  if (row.size() != type.fields().size()) ThrowNotOfType(row, type, place);
  OrThrow(builder->Append());
  for (size_t i = 0; i < row.size(); ++i) {
    const StructField& field = type.fields()[i];
    AppendElement(row[i], field.dataType, field.nullable, place,
                  builder->field_builder(static_cast<int>(i)));
  }
}

void AppendValue(const Value& value, const DataType& type, const Place& place,
                 arrow::ArrayBuilder* builder) {
  if (value.isNull()) {
    OrThrow(builder->AppendNull());
    return;
  }
  switch (type.kind()) {
    case Kind::kBoolean:
      return OrThrow(As<arrow::BooleanBuilder>(builder)->Append(Stored<bool>(value, type, place)));
    case Kind::kByte:
      return AppendInteger<arrow::Int8Builder, int8_t>(value, type, place, builder);
    case Kind::kShort:
      return AppendInteger<arrow::Int16Builder, int16_t>(value, type, place, builder);
    case Kind::kInteger:
      return AppendInteger<arrow::Int32Builder, int32_t>(value, type, place, builder);
    case Kind::kLong:
      return AppendInteger<arrow::Int64Builder, int64_t>(value, type, place, builder);
    case Kind::kFloat:
      return AppendFloating<arrow::FloatBuilder, float>(value, type, place, builder);
    case Kind::kDouble:
      return AppendFloating<arrow::DoubleBuilder, double>(value, type, place, builder);
    case Kind::kDecimal:
      return AppendDecimal(value, type, place, builder);
    case Kind::kString:
    case Kind::kChar:
    case Kind::kVarchar:
      return OrThrow(
          As<arrow::StringBuilder>(builder)->Append(Stored<std::string>(value, type, place)));
    case Kind::kBinary:
      return OrThrow(
          As<arrow::BinaryBuilder>(builder)->Append(Stored<Binary>(value, type, place).bytes));
    case Kind::kDate:
      return OrThrow(As<arrow::Date32Builder>(builder)->Append(
          static_cast<int32_t>(Stored<Date>(value, type, place).time_since_epoch().count())));
    case Kind::kTimestamp:
      return OrThrow(As<arrow::TimestampBuilder>(builder)->Append(
          Stored<Timestamp>(value, type, place).time_since_epoch().count()));
    case Kind::kTimestampNtz:
      return OrThrow(As<arrow::TimestampBuilder>(builder)->Append(
          Stored<TimestampNtz>(value, type, place).time_since_epoch().count()));
    case Kind::kDayTimeInterval:
      return OrThrow(As<arrow::DurationBuilder>(builder)->Append(
          Stored<DayTimeInterval>(value, type, place).count()));
    case Kind::kYearMonthInterval:
      return OrThrow(As<arrow::MonthIntervalBuilder>(builder)->Append(
          Stored<YearMonthInterval>(value, type, place).count()));
    case Kind::kArray: {
      auto* list = As<arrow::ListBuilder>(builder);
      OrThrow(list->Append());
      for (const Value& element : *Stored<std::shared_ptr<const Array>>(value, type, place)) {
        AppendElement(element, type.elementType(), type.containsNull(), place,
                      list->value_builder());
      }
      return;
    }
    case Kind::kMap: {
      auto* map = As<arrow::MapBuilder>(builder);
      OrThrow(map->Append());
      for (const auto& [key, item] : *Stored<std::shared_ptr<const Map>>(value, type, place)) {
        AppendElement(key, type.keyType(), false, place, map->key_builder());
        AppendElement(item, type.valueType(), type.containsNull(), place, map->item_builder());
      }
      return;
    }
    case Kind::kStruct:
      return AppendRow(*Stored<std::shared_ptr<const Row>>(value, type, place), type, place,
                       As<arrow::StructBuilder>(builder));
    default:
      ThrowNotOfType(value, type, place);
  }
}

template <typename T>
T ValueOrThrow(arrow::Result<T> result) {
  OrThrow(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace

std::shared_ptr<arrow::RecordBatch> BatchOf(const std::vector<Row>& rows,
                                            const StructType& schema) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() == schema.fields().size()) continue;
    ThrowIllegalArgument("LENGTH_SHOULD_BE_THE_SAME",
                         "Row " + std::to_string(i) + " has " + std::to_string(rows[i].size()) +
                             " values, the schema " + std::to_string(schema.fields().size()) +
                             " columns.");
  }
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    const StructField& field = schema.fields()[i];
    fields.push_back(ArrowField(field));
    auto builder = ValueOrThrow(arrow::MakeBuilder(fields.back()->type()));
    for (size_t row = 0; row < rows.size(); ++row) {
      AppendElement(rows[row][i], field.dataType, field.nullable,
                    {.row = row, .column = field.name}, builder.get());
    }
    columns.push_back(ValueOrThrow(builder->Finish()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                  static_cast<int64_t>(rows.size()), std::move(columns));
}

std::string EncodeRows(const std::vector<Row>& rows, const StructType& schema) {
  auto batch = BatchOf(rows, schema);
  auto out = ValueOrThrow(arrow::io::BufferOutputStream::Create());
  auto writer = ValueOrThrow(arrow::ipc::MakeStreamWriter(out, batch->schema()));
  OrThrow(writer->WriteRecordBatch(*batch));
  OrThrow(writer->Close());
  return ValueOrThrow(out->Finish())->ToString();
}

}  // namespace headrace::client
