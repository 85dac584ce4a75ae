#include "functions/csv/csv_type_inference.h"

#include <algorithm>

#include <arrow/util/decimal.h>

#include "functions/csv/csv_columns.h"
#include "functions/csv/java_number.h"

namespace headrace {

namespace {

int Digits(const CsvColumnType& type) {
  if (type.kind == CsvColumnType::kInteger) return 10;
  return type.kind == CsvColumnType::kLong ? 20 : type.precision;
}

CsvColumnType Widen(const CsvColumnType& left, const CsvColumnType& right) {
  if (left.kind == CsvColumnType::kNone) return right;
  if (left.kind == right.kind && left.kind != CsvColumnType::kDecimal) return left;
  const auto [low, high] = std::minmax(left.kind, right.kind);
  if (low >= CsvColumnType::kInteger && high <= CsvColumnType::kDouble) {
    if (high != CsvColumnType::kDecimal) return {high};
    const int digits = std::max(Digits(left), Digits(right));
    return {CsvColumnType::kDecimal, digits, 0};
  }
  if (low == CsvColumnType::kDate && high == CsvColumnType::kTimestamp) return {high};
  return {CsvColumnType::kString};
}

}  // namespace

void CsvTypeInference::Add(std::string_view text, CsvColumnType* column) const {
  if (column->kind == CsvColumnType::kString) return;
  *column = Widen(*column, Infer(text, column->kind));
}

// The first type, from that of the column on, that takes the text.
CsvColumnType CsvTypeInference::Infer(std::string_view text, CsvColumnType::Kind from) const {
  switch (from) {
    case CsvColumnType::kNone:
    case CsvColumnType::kInteger: {
      int32_t value;
      if (ParseJavaInteger(text, &value)) return {CsvColumnType::kInteger};
      [[fallthrough]];
    }
    case CsvColumnType::kLong: {
      int64_t value;
      if (ParseJavaInteger(text, &value)) return {CsvColumnType::kLong};
      [[fallthrough]];
    }
    case CsvColumnType::kDecimal: {
      // Only whole numbers, that are too large for a bigint.
      arrow::Decimal128 value;
      CsvColumnType decimal{CsvColumnType::kDecimal};
      if (arrow::Decimal128::FromString(text, &value, &decimal.precision, &decimal.scale).ok() &&
          decimal.scale == 0 && decimal.precision <= arrow::Decimal128Type::kMaxPrecision &&
          text.find_first_of("eE.") == std::string_view::npos) {
        return decimal;
      }
      [[fallthrough]];
    }
    case CsvColumnType::kDouble: {
      double value;
      if (ParseCsvDouble(text, options_, &value)) return {CsvColumnType::kDouble};
      [[fallthrough]];
    }
    case CsvColumnType::kDate:
      if (options_.prefer_date && IsDate(text)) return {CsvColumnType::kDate};
      [[fallthrough]];
    case CsvColumnType::kTimestamp:
      if (ParseCsvTimestamp(text, options_)) return {CsvColumnType::kTimestamp};
      [[fallthrough]];
    case CsvColumnType::kBoolean:
      if (EqualsIgnoreCase(text, "true") || EqualsIgnoreCase(text, "false")) {
        return {CsvColumnType::kBoolean};
      }
      [[fallthrough]];
    case CsvColumnType::kString:
      break;
  }
  return {CsvColumnType::kString};
}

// Without a pattern only yyyy-MM-dd counts, not what CAST would take.
bool CsvTypeInference::IsDate(std::string_view text) const {
  if (options_.date_pattern) {
    return options_.date_pattern->ParseMicros(text, *TimeZone::Utc(), true).has_value();
  }
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && ParseDate(text).has_value();
}

DataTypePtr CsvColumnType::SparkType() const {
  switch (kind) {
    case kInteger:
      return arrow::int32();
    case kLong:
      return arrow::int64();
    case kDecimal:
      return arrow::decimal128(precision, scale);
    case kDouble:
      return arrow::float64();
    case kDate:
      return arrow::date32();
    case kTimestamp:
      return TimestampType();
    case kBoolean:
      return arrow::boolean();
    case kNone:
    case kString:
      break;
  }
  return arrow::utf8();
}

}  // namespace headrace
