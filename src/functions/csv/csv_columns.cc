#include "functions/csv/csv_columns.h"

#include <limits>

#include <arrow/builder.h>
#include <arrow/util/decimal.h>

#include "base/time_units.h"
#include "expression/cast.h"
#include "functions/csv/java_number.h"

namespace headrace {

namespace {

// `convert` appends the value of a text or returns false.
template <typename Builder, typename Convert>
Result<std::shared_ptr<arrow::Array>> Fill(const CsvCell* cells, size_t stride, int64_t rows,
                                           Builder&& builder, uint8_t* malformed,
                                           Convert&& convert) {
  ARROW_RETURN_NOT_OK(builder.Reserve(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const CsvCell& cell = cells[i * stride];
    if (cell.is_null()) {
      builder.UnsafeAppendNull();
    } else if (!convert(cell.text(), &builder)) {
      builder.UnsafeAppendNull();
      malformed[i] = 1;
    }
  }
  return builder.Finish();
}

template <typename Builder>
Result<std::shared_ptr<arrow::Array>> FillBytes(const CsvCell* cells, size_t stride, int64_t rows,
                                                Builder&& builder) {
  ARROW_RETURN_NOT_OK(builder.Reserve(rows));
  int64_t bytes = 0;
  for (int64_t i = 0; i < rows; ++i) bytes += cells[i * stride].size;
  ARROW_RETURN_NOT_OK(builder.ReserveData(bytes));
  for (int64_t i = 0; i < rows; ++i) {
    const CsvCell& cell = cells[i * stride];
    if (cell.is_null()) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(cell.text());
    }
  }
  return builder.Finish();
}

template <typename Builder>
Result<std::shared_ptr<arrow::Array>> FillIntegers(const CsvCell* cells, size_t stride,
                                                   int64_t rows, uint8_t* malformed) {
  return Fill(cells, stride, rows, Builder(), malformed,
              [](std::string_view text, Builder* builder) {
                typename Builder::value_type value;
                if (!ParseJavaInteger(text, &value)) return false;
                builder->UnsafeAppend(value);
                return true;
              });
}

// Spark takes thousands separators here.
bool AppendDecimal(std::string_view text, const arrow::Decimal128Type& type,
                   arrow::Decimal128Builder* builder) {
  std::string digits;
  for (const char c : text) {
    if (c != ',') digits += c;
  }
  arrow::Decimal128 value;
  int32_t precision;
  int32_t scale;
  if (!arrow::Decimal128::FromString(digits, &value, &precision, &scale).ok()) return false;
  if (scale > type.scale()) {
    value = arrow::Decimal128(value.ReduceScaleBy(scale - type.scale(), /*round=*/true));
  } else if (scale < type.scale()) {
    auto scaled = value.Rescale(scale, type.scale());
    if (!scaled.ok()) return false;
    value = *scaled;
  }
  if (!value.FitsInPrecision(type.precision())) return false;
  builder->UnsafeAppend(value);
  return true;
}

std::optional<int32_t> ParseCsvDate(std::string_view text, const CsvOptions& options) {
  if (!options.date_pattern) return ParseDate(text);
  const auto micros = options.date_pattern->ParseMicros(text, *TimeZone::Utc(), /*ntz=*/true);
  if (!micros) return std::nullopt;
  const int64_t days = *micros / kMicrosPerDay - (*micros % kMicrosPerDay < 0 ? 1 : 0);
  return static_cast<int32_t>(days);
}

// Types that are rare in CSV go by way of CAST.
Result<std::shared_ptr<arrow::Array>> CastColumn(const CsvCell* cells, size_t stride, int64_t rows,
                                                 const DataTypePtr& type, const CsvOptions& options,
                                                 uint8_t* malformed) {
  ARROW_ASSIGN_OR_RAISE(const auto texts, FillBytes(cells, stride, rows, arrow::StringBuilder()));
  ARROW_ASSIGN_OR_RAISE(const auto cast,
                        CastValues(Datum(texts), type, {CastMode::kTry, options.zone}));
  auto values = cast.make_array();
  for (int64_t i = 0; i < rows; ++i) {
    if (values->IsNull(i) && texts->IsValid(i)) malformed[i] = 1;
  }
  return values;
}

}  // namespace

CsvCell CsvCellOf(const CsvValue& value, const CsvOptions& options) {
  std::string_view text = value.text;
  if (text.empty()) text = value.quoted ? options.empty_value : options.null_value;
  if (text == options.null_value) return {};
  // A view of nothing needs an address to be told from null.
  return {text.data() ? text.data() : "", static_cast<uint32_t>(text.size())};
}

bool IsCsvType(const DataType& type) {
  return type.num_fields() == 0 && type.id() != arrow::Type::NA;
}

bool ParseCsvDouble(std::string_view text, const CsvOptions& options, double* value) {
  if (text == options.nan_value) {
    *value = std::numeric_limits<double>::quiet_NaN();
  } else if (text == options.positive_infinity) {
    *value = std::numeric_limits<double>::infinity();
  } else if (text == options.negative_infinity) {
    *value = -std::numeric_limits<double>::infinity();
  } else {
    return ParseJavaDouble(text, value);
  }
  return true;
}

std::optional<int64_t> ParseCsvTimestamp(std::string_view text, const CsvOptions& options) {
  if (options.timestamp_pattern) {
    return options.timestamp_pattern->ParseMicros(text, *options.zone, /*ntz=*/false);
  }
  return ParseTimestamp(text, *options.zone);
}

std::optional<int64_t> ParseCsvTimestampNtz(std::string_view text, const CsvOptions& options) {
  if (options.timestamp_ntz_pattern) {
    return options.timestamp_ntz_pattern->ParseMicros(text, *TimeZone::Utc(), /*ntz=*/true);
  }
  // A zone is a sign or a letter after the date and its T.
  const size_t time = text.find_first_of("T ");
  if (time != std::string_view::npos &&
      text.find_first_not_of("0123456789:. ", time + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return ParseTimestampNtz(text);
}

Result<std::shared_ptr<arrow::Array>> ConvertCsvColumn(const CsvCell* cells, size_t stride,
                                                       int64_t rows, const DataTypePtr& type,
                                                       const CsvOptions& options,
                                                       uint8_t* malformed) {
  switch (type->id()) {
    case arrow::Type::STRING:
      return FillBytes(cells, stride, rows, arrow::StringBuilder());
    case arrow::Type::BINARY:
      return FillBytes(cells, stride, rows, arrow::BinaryBuilder());
    case arrow::Type::INT8:
      return FillIntegers<arrow::Int8Builder>(cells, stride, rows, malformed);
    case arrow::Type::INT16:
      return FillIntegers<arrow::Int16Builder>(cells, stride, rows, malformed);
    case arrow::Type::INT32:
      return FillIntegers<arrow::Int32Builder>(cells, stride, rows, malformed);
    case arrow::Type::INT64:
      return FillIntegers<arrow::Int64Builder>(cells, stride, rows, malformed);
    case arrow::Type::DOUBLE:
      return Fill(cells, stride, rows, arrow::DoubleBuilder(), malformed,
                  [&](std::string_view text, arrow::DoubleBuilder* builder) {
                    double value;
                    if (!ParseCsvDouble(text, options, &value)) return false;
                    builder->UnsafeAppend(value);
                    return true;
                  });
    case arrow::Type::FLOAT:
      return Fill(cells, stride, rows, arrow::FloatBuilder(), malformed,
                  [&](std::string_view text, arrow::FloatBuilder* builder) {
                    double special;
                    float value;
                    if (ParseJavaFloat(text, &value)) {
                      builder->UnsafeAppend(value);
                    } else if (ParseCsvDouble(text, options, &special)) {
                      builder->UnsafeAppend(static_cast<float>(special));
                    } else {
                      return false;
                    }
                    return true;
                  });
    case arrow::Type::BOOL:
      return Fill(cells, stride, rows, arrow::BooleanBuilder(), malformed,
                  [](std::string_view text, arrow::BooleanBuilder* builder) {
                    const bool is_true = EqualsIgnoreCase(text, "true");
                    if (!is_true && !EqualsIgnoreCase(text, "false")) return false;
                    builder->UnsafeAppend(is_true);
                    return true;
                  });
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type);
      return Fill(cells, stride, rows, arrow::Decimal128Builder(type), malformed,
                  [&](std::string_view text, arrow::Decimal128Builder* builder) {
                    return AppendDecimal(text, decimal, builder);
                  });
    }
    case arrow::Type::DATE32:
      return Fill(cells, stride, rows, arrow::Date32Builder(), malformed,
                  [&](std::string_view text, arrow::Date32Builder* builder) {
                    const auto days = ParseCsvDate(text, options);
                    if (days) builder->UnsafeAppend(*days);
                    return days.has_value();
                  });
    case arrow::Type::TIMESTAMP: {
      const bool ntz = IsTimestampNtz(*type);
      return Fill(cells, stride, rows, arrow::TimestampBuilder(type, arrow::default_memory_pool()),
                  malformed, [&](std::string_view text, arrow::TimestampBuilder* builder) {
                    const auto micros = ntz ? ParseCsvTimestampNtz(text, options)
                                            : ParseCsvTimestamp(text, options);
                    if (micros) builder->UnsafeAppend(*micros);
                    return micros.has_value();
                  });
    }
    default:
      return CastColumn(cells, stride, rows, type, options, malformed);
  }
}

}  // namespace headrace
