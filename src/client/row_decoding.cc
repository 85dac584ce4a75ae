#include "client/row_decoding.h"

#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/decimal.h>

#include "client/exception_factory.h"
#include "client/type_message.h"

namespace headrace::client {
namespace {

std::vector<Value> ValuesOf(const arrow::Array& array);

// `value_at(row)` is asked for rows that are not null only.
template <typename ValueAt>
std::vector<Value> Decode(const arrow::Array& array, ValueAt value_at) {
  std::vector<Value> values(array.length());
  for (int64_t row = 0; row < array.length(); ++row) {
    if (array.IsValid(row)) values[row] = value_at(row);
  }
  return values;
}

template <typename ArrowArray>
std::vector<Value> DecodeAs(const arrow::Array& array, auto convert) {
  const auto& typed = static_cast<const ArrowArray&>(array);
  return Decode(array, [&](int64_t row) -> Value { return convert(typed.GetView(row)); });
}

template <typename ArrowArray>
std::vector<Value> DecodeAs(const arrow::Array& array) {
  return DecodeAs<ArrowArray>(array, [](auto view) { return Value(view); });
}

// Servers may send any unit.
std::chrono::microseconds Microseconds(int64_t value, arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return std::chrono::seconds(value);
    case arrow::TimeUnit::MILLI:
      return std::chrono::milliseconds(value);
    case arrow::TimeUnit::NANO:
      return std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds(value));
    case arrow::TimeUnit::MICRO:
      break;
  }
  return std::chrono::microseconds(value);
}

std::vector<Value> DecodeTimestamps(const arrow::Array& array) {
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const bool is_local = type.timezone().empty();
  return DecodeAs<arrow::TimestampArray>(array, [&](int64_t value) -> Value {
    const auto time = Microseconds(value, type.unit());
    if (is_local) return TimestampNtz(time);
    return Timestamp(time);
  });
}

std::vector<Value> DecodeDurations(const arrow::Array& array) {
  const auto unit = static_cast<const arrow::DurationType&>(*array.type()).unit();
  return DecodeAs<arrow::DurationArray>(
      array, [unit](int64_t value) { return Microseconds(value, unit); });
}

std::vector<Value> DecodeLists(const arrow::ListArray& array) {
  const int64_t begin = array.value_offset(0);
  std::vector<Value> elements =
      ValuesOf(*array.values()->Slice(begin, array.value_offset(array.length()) - begin));
  return Decode(array, [&](int64_t row) -> Value {
    auto first = elements.begin() + (array.value_offset(row) - begin);
    return Array(std::make_move_iterator(first),
                 std::make_move_iterator(first + array.value_length(row)));
  });
}

std::vector<Value> DecodeMaps(const arrow::MapArray& array) {
  const int64_t begin = array.value_offset(0);
  const int64_t length = array.value_offset(array.length()) - begin;
  std::vector<Value> keys = ValuesOf(*array.keys()->Slice(begin, length));
  std::vector<Value> items = ValuesOf(*array.items()->Slice(begin, length));
  return Decode(array, [&](int64_t row) -> Value {
    Map entries;
    const int64_t first = array.value_offset(row) - begin;
    for (int64_t i = first; i < first + array.value_length(row); ++i) {
      entries.emplace_back(std::move(keys[i]), std::move(items[i]));
    }
    return entries;
  });
}

std::vector<Value> DecodeStructs(const arrow::StructArray& array) {
  auto names = std::make_shared<std::vector<std::string>>();
  std::vector<std::vector<Value>> columns;
  for (int i = 0; i < array.num_fields(); ++i) {
    names->push_back(array.struct_type()->field(i)->name());
    columns.push_back(ValuesOf(*array.field(i)));
  }
  return Decode(array, [&](int64_t row) -> Value {
    std::vector<Value> values;
    for (std::vector<Value>& column : columns) values.push_back(std::move(column[row]));
    return Row::of(std::move(values), names);
  });
}

template <typename T>
T ValueOrThrow(arrow::Result<T> result) {
  if (!result.ok()) {
    ThrowConnectError("The server sent a result that is no Arrow stream: " +
                      result.status().message());
  }
  return std::move(result).ValueUnsafe();
}

std::vector<Value> ValuesOf(const arrow::Array& array) {
  auto binary = [](std::string_view bytes) { return Binary{std::string(bytes)}; };
  switch (array.type_id()) {
    case arrow::Type::NA:
      return std::vector<Value>(array.length());
    case arrow::Type::BOOL:
      return DecodeAs<arrow::BooleanArray>(array);
    case arrow::Type::INT8:
      return DecodeAs<arrow::Int8Array>(array);
    case arrow::Type::INT16:
      return DecodeAs<arrow::Int16Array>(array);
    case arrow::Type::INT32:
      return DecodeAs<arrow::Int32Array>(array);
    case arrow::Type::INT64:
      return DecodeAs<arrow::Int64Array>(array);
    case arrow::Type::FLOAT:
      return DecodeAs<arrow::FloatArray>(array);
    case arrow::Type::DOUBLE:
      return DecodeAs<arrow::DoubleArray>(array);
    case arrow::Type::DECIMAL128: {
      const auto& decimals = static_cast<const arrow::Decimal128Array&>(array);
      return Decode(array,
                    [&](int64_t row) -> Value { return Decimal{decimals.FormatValue(row)}; });
    }
    case arrow::Type::STRING:
      return DecodeAs<arrow::StringArray>(array);
    case arrow::Type::LARGE_STRING:
      return DecodeAs<arrow::LargeStringArray>(array);
    case arrow::Type::BINARY:
      return DecodeAs<arrow::BinaryArray>(array, binary);
    case arrow::Type::LARGE_BINARY:
      return DecodeAs<arrow::LargeBinaryArray>(array, binary);
    case arrow::Type::DATE32:
      return DecodeAs<arrow::Date32Array>(
          array, [](int32_t days) { return Date(std::chrono::days(days)); });
    case arrow::Type::TIMESTAMP:
      return DecodeTimestamps(array);
    case arrow::Type::DURATION:
      return DecodeDurations(array);
    case arrow::Type::INTERVAL_MONTHS:
      return DecodeAs<arrow::MonthIntervalArray>(
          array, [](int32_t months) { return YearMonthInterval(months); });
    case arrow::Type::LIST:
      return DecodeLists(static_cast<const arrow::ListArray&>(array));
    case arrow::Type::MAP:
      return DecodeMaps(static_cast<const arrow::MapArray&>(array));
    case arrow::Type::STRUCT:
      return DecodeStructs(static_cast<const arrow::StructArray&>(array));
    default:
      break;
  }
  ThrowConnectError(
      "A result has the Arrow type " + array.type()->ToString() +
      ", which the C++ API has no value for. Cast the column, for example to string.");
}

}  // namespace

std::optional<StructType> FetchBatches(
    Connection* connection, const PlanNode& plan,
    const std::function<bool(const std::shared_ptr<arrow::RecordBatch>&)>& take) {
  std::optional<StructType> schema;
  connection->Execute(RootPlan(plan), [&](const messages::ExecutePlanResponse& response) {
    if (response.has_schema()) schema = SchemaFromMessage(response.schema());
    if (!response.has_arrow_batch()) return true;
    // Batches keep the buffer that they are views of.
    auto buffer = arrow::Buffer::FromString(response.arrow_batch().data());
    auto reader = ValueOrThrow(arrow::ipc::RecordBatchStreamReader::Open(
        std::make_shared<arrow::io::BufferReader>(std::move(buffer))));
    int64_t rows = 0;
    while (auto batch = ValueOrThrow(reader->Next())) {
      rows += batch->num_rows();
      if (!take(batch)) return false;
    }
    if (rows != response.arrow_batch().row_count()) {
      ThrowConnectError("The server announced " +
                        std::to_string(response.arrow_batch().row_count()) +
                        " rows in a batch and sent " + std::to_string(rows) + ".");
    }
    return true;
  });
  return schema;
}

std::vector<Row> RowsOf(const arrow::RecordBatch& batch) {
  auto names = std::make_shared<const std::vector<std::string>>(batch.schema()->field_names());
  std::vector<std::vector<Value>> columns;
  for (const auto& column : batch.columns()) columns.push_back(ValuesOf(*column));
  std::vector<Row> rows;
  rows.reserve(batch.num_rows());
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::vector<Value> values;
    values.reserve(columns.size());
    for (std::vector<Value>& column : columns) values.push_back(std::move(column[row]));
    rows.push_back(Row::of(std::move(values), names));
  }
  return rows;
}

}  // namespace headrace::client
