#include "types/value_text.h"

#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>

#include "types/number_text.h"

namespace headrace {

namespace {

template <typename Array>
const Array& As(const arrow::Array& array) {
  return static_cast<const Array&>(array);
}

void AppendBinary(std::string_view bytes, TextStyle style, std::string* out) {
  if (style == TextStyle::kCast) {
    *out += bytes;
    return;
  }
  static constexpr char kHex[] = "0123456789ABCDEF";
  *out += '[';
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) *out += ' ';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    *out += kHex[byte >> 4];
    *out += kHex[byte & 15];
  }
  *out += ']';
}

void AppendList(const arrow::ListArray& lists, int64_t row, const TimeZone& zone, TextStyle style,
                std::string* out) {
  *out += '[';
  for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i) {
    if (i > lists.value_offset(row)) *out += ", ";
    AppendValue(*lists.values(), i, zone, style, out);
  }
  *out += ']';
}

void AppendMap(const arrow::MapArray& maps, int64_t row, const TimeZone& zone, TextStyle style,
               std::string* out) {
  *out += '{';
  for (int64_t i = maps.value_offset(row); i < maps.value_offset(row + 1); ++i) {
    if (i > maps.value_offset(row)) *out += ", ";
    AppendValue(*maps.keys(), i, zone, style, out);
    *out += " -> ";
    AppendValue(*maps.items(), i, zone, style, out);
  }
  *out += '}';
}

void AppendStruct(const arrow::StructArray& structs, int64_t row, const TimeZone& zone,
                  TextStyle style, std::string* out) {
  *out += '{';
  for (int i = 0; i < structs.num_fields(); ++i) {
    if (i > 0) *out += ", ";
    AppendValue(*structs.field(i), row, zone, style, out);
  }
  *out += '}';
}

// One string array from `append(row, out)`, without an allocation for each row.
template <typename Append>
Result<std::shared_ptr<arrow::StringArray>> BuildStrings(const arrow::Array& array, Append append) {
  const int64_t length = array.length();
  std::string text;
  text.reserve(length * 8);
  ARROW_ASSIGN_OR_RAISE(auto offsets, arrow::AllocateBuffer((length + 1) * sizeof(int32_t)));
  auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
  offset[0] = 0;
  const bool nulls = array.null_count() > 0;
  for (int64_t i = 0; i < length; ++i) {
    if (!nulls || array.IsValid(i)) append(i, &text);
    if (text.size() > INT32_MAX) {
      return Status::CapacityError("A column of texts takes more than 2 GiB; use smaller batches");
    }
    offset[i + 1] = static_cast<int32_t>(text.size());
  }
  std::shared_ptr<arrow::Buffer> validity;
  if (nulls) {
    ARROW_ASSIGN_OR_RAISE(auto bitmap, arrow::AllocateEmptyBitmap(length));
    for (int64_t i = 0; i < length; ++i) {
      if (array.IsValid(i)) arrow::bit_util::SetBit(bitmap->mutable_data(), i);
    }
    validity = std::move(bitmap);
  }
  return std::make_shared<arrow::StringArray>(length, std::move(offsets),
                                              arrow::Buffer::FromString(std::move(text)),
                                              std::move(validity), array.null_count());
}

template <typename Array>
Result<std::shared_ptr<arrow::StringArray>> IntegersToStrings(const arrow::Array& array) {
  const auto* values = As<Array>(array).raw_values();
  return BuildStrings(array,
                      [values](int64_t i, std::string* out) { AppendInteger(values[i], out); });
}

}  // namespace

void AppendValue(const arrow::Array& array, int64_t row, const TimeZone& zone, TextStyle style,
                 std::string* out) {
  if (array.type_id() == arrow::Type::NA || array.IsNull(row)) {
    *out += style == TextStyle::kCast ? "null" : "NULL";
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      *out += As<arrow::BooleanArray>(array).Value(row) ? "true" : "false";
      break;
    case arrow::Type::INT8:
      AppendInteger(As<arrow::Int8Array>(array).Value(row), out);
      break;
    case arrow::Type::INT16:
      AppendInteger(As<arrow::Int16Array>(array).Value(row), out);
      break;
    case arrow::Type::INT32:
      AppendInteger(As<arrow::Int32Array>(array).Value(row), out);
      break;
    case arrow::Type::INT64:
      AppendInteger(As<arrow::Int64Array>(array).Value(row), out);
      break;
    case arrow::Type::FLOAT:
      AppendFloat(As<arrow::FloatArray>(array).Value(row), out);
      break;
    case arrow::Type::DOUBLE:
      AppendDouble(As<arrow::DoubleArray>(array).Value(row), out);
      break;
    case arrow::Type::DECIMAL128:
      AppendDecimal(arrow::Decimal128(As<arrow::Decimal128Array>(array).Value(row)),
                    static_cast<const arrow::Decimal128Type&>(*array.type()).scale(), out);
      break;
    case arrow::Type::STRING:
      *out += As<arrow::StringArray>(array).GetView(row);
      break;
    case arrow::Type::BINARY:
      AppendBinary(As<arrow::BinaryArray>(array).GetView(row), style, out);
      break;
    case arrow::Type::DATE32:
      AppendDate(As<arrow::Date32Array>(array).Value(row), out);
      break;
    case arrow::Type::TIMESTAMP:
      AppendTimestamp(As<arrow::TimestampArray>(array).Value(row),
                      IsTimestampNtz(*array.type()) ? *TimeZone::Utc() : zone, out);
      break;
    case arrow::Type::DURATION:
      AppendDayTimeInterval(As<arrow::DurationArray>(array).Value(row), out);
      break;
    case arrow::Type::INTERVAL_MONTHS:
      AppendYearMonthInterval(As<arrow::MonthIntervalArray>(array).Value(row), out);
      break;
    case arrow::Type::LIST:
      AppendList(As<arrow::ListArray>(array), row, zone, style, out);
      break;
    case arrow::Type::MAP:
      AppendMap(As<arrow::MapArray>(array), row, zone, style, out);
      break;
    case arrow::Type::STRUCT:
      AppendStruct(As<arrow::StructArray>(array), row, zone, style, out);
      break;
    default:
      *out += "?";
  }
}

Result<std::shared_ptr<arrow::StringArray>> CastToString(const arrow::Array& array,
                                                         const TimeZone& zone) {
  switch (array.type_id()) {
    case arrow::Type::NA: {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(arrow::utf8(), array.length()));
      return std::static_pointer_cast<arrow::StringArray>(nulls);
    }
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      auto data = array.data()->Copy();
      data->type = arrow::utf8();
      return std::make_shared<arrow::StringArray>(std::move(data));
    }
    case arrow::Type::INT8:
      return IntegersToStrings<arrow::Int8Array>(array);
    case arrow::Type::INT16:
      return IntegersToStrings<arrow::Int16Array>(array);
    case arrow::Type::INT32:
      return IntegersToStrings<arrow::Int32Array>(array);
    case arrow::Type::INT64:
      return IntegersToStrings<arrow::Int64Array>(array);
    case arrow::Type::DOUBLE: {
      const double* values = As<arrow::DoubleArray>(array).raw_values();
      return BuildStrings(array,
                          [values](int64_t i, std::string* out) { AppendDouble(values[i], out); });
    }
    case arrow::Type::DATE32: {
      const int32_t* values = As<arrow::Date32Array>(array).raw_values();
      return BuildStrings(array,
                          [values](int64_t i, std::string* out) { AppendDate(values[i], out); });
    }
    case arrow::Type::TIMESTAMP: {
      const int64_t* values = As<arrow::TimestampArray>(array).raw_values();
      const TimeZone& effective = IsTimestampNtz(*array.type()) ? *TimeZone::Utc() : zone;
      return BuildStrings(array, [values, &effective](int64_t i, std::string* out) {
        AppendTimestamp(values[i], effective, out);
      });
    }
    default:
      return BuildStrings(array, [&](int64_t i, std::string* out) {
        AppendValue(array, i, zone, TextStyle::kCast, out);
      });
  }
}

std::string LiteralText(const arrow::Scalar& value, const TimeZone& zone) {
  if (!value.is_valid) return "NULL";
  const auto array = arrow::MakeArrayFromScalar(value, 1);
  if (!array.ok()) return value.ToString();
  std::string text;
  if (value.type->id() == arrow::Type::BINARY) {
    text = "X'";
    for (char c : As<arrow::BinaryArray>(**array).GetView(0)) {
      constexpr char kHex[] = "0123456789ABCDEF";
      text += kHex[static_cast<unsigned char>(c) >> 4];
      text += kHex[static_cast<unsigned char>(c) & 15];
    }
    return text + "'";
  }
  AppendValue(**array, 0, zone, TextStyle::kCast, &text);
  switch (value.type->id()) {
    case arrow::Type::DATE32:
      return "DATE '" + text + "'";
    case arrow::Type::TIMESTAMP:
      return (IsTimestampNtz(*value.type) ? "TIMESTAMP_NTZ '" : "TIMESTAMP '") + text + "'";
    default:
      return text;
  }
}

}  // namespace headrace
