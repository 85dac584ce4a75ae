#include "functions/json/json_writer.h"

#include <fmt/format.h>

#include "functions/json/json_style.h"
#include "functions/string/base64.h"
#include "types/value_text.h"

namespace headrace {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

// yyyy-MM-ddTHH:mm:ss.SSS and, for instants, the zone's offset: Z or +02:00.
void AppendIso(int64_t instant_us, const TimeZone* zone, std::string* out) {
  const int64_t local = zone == nullptr ? instant_us : zone->InstantToLocal(instant_us);
  const CivilTime civil = CivilFromMicros(local);
  auto to = std::back_inserter(*out);
  if (civil.year >= 0 && civil.year <= 9999) {
    fmt::format_to(to, "{:04}", civil.year);
  } else {
    fmt::format_to(to, "{:+05}", civil.year);
  }
  fmt::format_to(to, "-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", civil.month, civil.day, civil.hour,
                 civil.minute, civil.second, civil.microsecond / 1000);
  if (zone == nullptr) return;
  const int32_t offset = zone->OffsetAt(instant_us);
  if (offset == 0) {
    out->push_back('Z');
  } else {
    const int32_t seconds = std::abs(offset);
    fmt::format_to(to, "{}{:02}:{:02}", offset < 0 ? '-' : '+', seconds / 3600, seconds / 60 % 60);
  }
}

class ColumnsWriter final : public JsonWriter {
 public:
  explicit ColumnsWriter(const JsonWriteOptions& options) : options_(options) {}

  Status AppendRow(const arrow::Array& values, int64_t row, std::string* out) const override {
    if (!options_.pretty && !options_.ascii_only) return Append(values, row, out);
    std::string plain, indented;
    ARROW_RETURN_NOT_OK(Append(values, row, &plain));
    if (options_.pretty) {
      AppendIndentedJson(plain, &indented);
      plain.swap(indented);
    }
    if (options_.ascii_only) {
      AppendAsciiJson(plain, out);
    } else {
      out->append(plain);
    }
    return Status::OK();
  }

  Status AppendLines(const arrow::Array& values, std::string* out) const override {
    for (int64_t row = 0; row < values.length(); ++row) {
      if (values.IsNull(row)) {
        out->append("{}");
      } else {
        ARROW_RETURN_NOT_OK(AppendRow(values, row, out));
      }
      out->push_back('\n');
    }
    return Status::OK();
  }

 private:
  template <typename ArrayType>
  static auto Value(const arrow::Array& values, int64_t row) {
    return static_cast<const ArrayType&>(values).Value(row);
  }

  Status Append(const arrow::Array& values, int64_t row, std::string* out) const {
    switch (values.type_id()) {
      case arrow::Type::BOOL:
        out->append(Value<arrow::BooleanArray>(values, row) ? "true" : "false");
        break;
      case arrow::Type::INT8:
        Integer(Value<arrow::Int8Array>(values, row), out);
        break;
      case arrow::Type::INT16:
        Integer(Value<arrow::Int16Array>(values, row), out);
        break;
      case arrow::Type::INT32:
        Integer(Value<arrow::Int32Array>(values, row), out);
        break;
      case arrow::Type::INT64:
        Integer(Value<arrow::Int64Array>(values, row), out);
        break;
      case arrow::Type::STRING:
        AppendJsonString(static_cast<const arrow::StringArray&>(values).GetView(row), out);
        break;
      case arrow::Type::STRUCT:
        return AppendStruct(static_cast<const arrow::StructArray&>(values), row, out);
      case arrow::Type::LIST:
        return AppendList(static_cast<const arrow::ListArray&>(values), row, out);
      case arrow::Type::MAP:
        return AppendMap(static_cast<const arrow::MapArray&>(values), row, out);
      case arrow::Type::FLOAT:
      case arrow::Type::DOUBLE:
        Floating(values, row, out);
        break;
      case arrow::Type::DECIMAL128:
        out->append(static_cast<const arrow::Decimal128Array&>(values).FormatValue(row));
        break;
      case arrow::Type::NA:
        out->append("null");
        break;
      default:
        out->push_back('"');
        Quoted(values, row, out);
        out->push_back('"');
    }
    return Status::OK();
  }

  static void Integer(int64_t value, std::string* out) {
    const fmt::format_int text(value);
    out->append(text.data(), text.size());
  }

  static void Floating(const arrow::Array& values, int64_t row, std::string* out) {
    const bool single = values.type_id() == arrow::Type::FLOAT;
    const double value =
        single ? Value<arrow::FloatArray>(values, row) : Value<arrow::DoubleArray>(values, row);
    const bool finite = value - value == 0;
    if (!finite) out->push_back('"');
    if (single) {
      AppendFloat(static_cast<float>(value), out);
    } else {
      AppendDouble(value, out);
    }
    if (!finite) out->push_back('"');
  }

  // Values whose text needs no escapes.
  void Quoted(const arrow::Array& values, int64_t row, std::string* out) const {
    switch (values.type_id()) {
      case arrow::Type::BINARY:
        EncodeBase64(static_cast<const arrow::BinaryArray&>(values).GetView(row), out);
        break;
      case arrow::Type::DATE32: {
        const int32_t days = Value<arrow::Date32Array>(values, row);
        if (options_.date_pattern) {
          options_.date_pattern->Format(days * int64_t{86400000000}, *TimeZone::Utc(), out);
        } else {
          AppendDate(days, out);
        }
        break;
      }
      case arrow::Type::TIMESTAMP: {
        const int64_t instant = Value<arrow::TimestampArray>(values, row);
        const bool ntz = IsTimestampNtz(*values.type());
        const auto& pattern = ntz ? options_.timestamp_ntz_pattern : options_.timestamp_pattern;
        if (pattern) {
          pattern->Format(instant, ntz ? *TimeZone::Utc() : *options_.zone, out);
        } else {
          AppendIso(instant, ntz ? nullptr : options_.zone.get(), out);
        }
        break;
      }
      default:
        AppendValue(values, row, *options_.zone, TextStyle::kCast, out);
    }
  }

  Status AppendStruct(const arrow::StructArray& values, int64_t row, std::string* out) const {
    out->push_back('{');
    bool first = true;
    for (int i = 0; i < values.num_fields(); ++i) {
      const arrow::Array& field = *values.field(i);
      const bool null = field.IsNull(row);
      if (null && options_.ignore_null_fields) continue;
      if (!first) out->push_back(',');
      first = false;
      AppendJsonString(values.struct_type()->field(i)->name(), out);
      out->push_back(':');
      ARROW_RETURN_NOT_OK(AppendNullable(field, row, out));
    }
    out->push_back('}');
    return Status::OK();
  }

  Status AppendList(const arrow::ListArray& values, int64_t row, std::string* out) const {
    out->push_back('[');
    for (int64_t i = 0; i < values.value_length(row); ++i) {
      if (i > 0) out->push_back(',');
      ARROW_RETURN_NOT_OK(AppendNullable(*values.values(), values.value_offset(row) + i, out));
    }
    out->push_back(']');
    return Status::OK();
  }

  // Spark writes the internal numbers of dates and timestamps that are keys.
  void AppendKey(const arrow::Array& keys, int64_t row, std::string* out) const {
    if (keys.type_id() == arrow::Type::DATE32) {
      Integer(Value<arrow::Date32Array>(keys, row), out);
    } else if (keys.type_id() == arrow::Type::TIMESTAMP) {
      Integer(Value<arrow::TimestampArray>(keys, row), out);
    } else {
      AppendValue(keys, row, *options_.zone, TextStyle::kCast, out);
    }
  }

  Status AppendMap(const arrow::MapArray& values, int64_t row, std::string* out) const {
    out->push_back('{');
    std::string key;
    for (int64_t i = 0; i < values.value_length(row); ++i) {
      const int64_t entry = values.value_offset(row) + i;
      if (i > 0) out->push_back(',');
      key.clear();
      AppendKey(*values.keys(), entry, &key);
      AppendJsonString(key, out);
      out->push_back(':');
      ARROW_RETURN_NOT_OK(AppendNullable(*values.items(), entry, out));
    }
    out->push_back('}');
    return Status::OK();
  }

  Status AppendNullable(const arrow::Array& values, int64_t row, std::string* out) const {
    if (!values.IsNull(row)) return Append(values, row, out);
    out->append("null");
    return Status::OK();
  }

  const JsonWriteOptions options_;
};

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out->append(text.substr(copied, i - copied));
    copied = i + 1;
    out->push_back('\\');
    switch (c) {
      case '"':
      case '\\':
        out->push_back(c);
        break;
      case '\b':
        out->push_back('b');
        break;
      case '\f':
        out->push_back('f');
        break;
      case '\n':
        out->push_back('n');
        break;
      case '\r':
        out->push_back('r');
        break;
      case '\t':
        out->push_back('t');
        break;
      default:
        out->append("u00");
        out->push_back(kHex[c >> 4 & 15]);
        out->push_back(kHex[c & 15]);
    }
  }
  out->append(text.substr(copied));
  out->push_back('"');
}

Result<std::shared_ptr<const JsonWriter>> JsonWriter::Make(const DataTypePtr& type,
                                                           const JsonWriteOptions& options) {
  switch (type->id()) {
    case arrow::Type::STRUCT:
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return std::make_shared<const ColumnsWriter>(options);
    default:
      return NotSupported("writing the type " + SqlName(*type) + " as JSON",
                          "put the value into a struct, an array or a map");
  }
}

}  // namespace headrace
