#include "connectors/file/csv_inference.h"

#include <algorithm>
#include <set>

#include <arrow/util/decimal.h>

#include "connectors/file/csv_columns.h"
#include "connectors/file/csv_records.h"
#include "connectors/file/java_number.h"

namespace headrace {

namespace {

// What the values of a column seen so far could be, from the narrowest on.
struct ColumnType {
  enum Kind { kNone, kInteger, kLong, kDecimal, kDouble, kDate, kTimestamp, kBoolean, kString };
  Kind kind = kNone;
  int precision = 0;
  int scale = 0;
};

class TypeInference {
 public:
  explicit TypeInference(const CsvOptions& options) : options_(options) {}

  void Add(std::string_view text, ColumnType* column) const {
    if (column->kind == ColumnType::kString) return;
    *column = Widen(*column, Infer(text, column->kind));
  }

 private:
  // The first type, from that of the column on, that takes the text.
  ColumnType Infer(std::string_view text, ColumnType::Kind from) const {
    switch (from) {
      case ColumnType::kNone:
      case ColumnType::kInteger: {
        int32_t value;
        if (ParseJavaInteger(text, &value)) return {ColumnType::kInteger};
        [[fallthrough]];
      }
      case ColumnType::kLong: {
        int64_t value;
        if (ParseJavaInteger(text, &value)) return {ColumnType::kLong};
        [[fallthrough]];
      }
      case ColumnType::kDecimal: {
        // Only whole numbers, that are too large for a bigint.
        arrow::Decimal128 value;
        ColumnType decimal{ColumnType::kDecimal};
        if (arrow::Decimal128::FromString(text, &value, &decimal.precision, &decimal.scale).ok() &&
            decimal.scale == 0 && text.find_first_of("eE.") == std::string_view::npos) {
          return decimal;
        }
        [[fallthrough]];
      }
      case ColumnType::kDouble: {
        double value;
        if (ParseCsvDouble(text, options_, &value)) return {ColumnType::kDouble};
        [[fallthrough]];
      }
      case ColumnType::kDate:
        if (options_.prefer_date && IsDate(text)) return {ColumnType::kDate};
        [[fallthrough]];
      case ColumnType::kTimestamp:
        if (ParseCsvTimestamp(text, options_)) return {ColumnType::kTimestamp};
        [[fallthrough]];
      case ColumnType::kBoolean:
        if (EqualsIgnoreCase(text, "true") || EqualsIgnoreCase(text, "false")) {
          return {ColumnType::kBoolean};
        }
        [[fallthrough]];
      case ColumnType::kString:
        break;
    }
    return {ColumnType::kString};
  }

  // Without a pattern only yyyy-MM-dd counts, not what CAST would take.
  bool IsDate(std::string_view text) const {
    if (options_.date_pattern) {
      return options_.date_pattern->ParseMicros(text, *TimeZone::Utc(), true).has_value();
    }
    return text.size() == 10 && text[4] == '-' && text[7] == '-' && ParseDate(text).has_value();
  }

  static ColumnType Widen(const ColumnType& left, const ColumnType& right) {
    if (left.kind == ColumnType::kNone) return right;
    if (left.kind == right.kind && left.kind != ColumnType::kDecimal) return left;
    const auto [low, high] = std::minmax(left.kind, right.kind);
    if (low >= ColumnType::kInteger && high <= ColumnType::kDouble) {
      if (high != ColumnType::kDecimal) return {high};
      const int digits = std::max(Digits(left), Digits(right));
      return {ColumnType::kDecimal, digits, 0};
    }
    if (low == ColumnType::kDate && high == ColumnType::kTimestamp) return {high};
    return {ColumnType::kString};
  }

  static int Digits(const ColumnType& type) {
    if (type.kind == ColumnType::kInteger) return 10;
    return type.kind == ColumnType::kLong ? 20 : type.precision;
  }

  const CsvOptions& options_;
};

DataTypePtr SparkType(const ColumnType& type) {
  switch (type.kind) {
    case ColumnType::kInteger:
      return arrow::int32();
    case ColumnType::kLong:
      return arrow::int64();
    case ColumnType::kDecimal:
      return arrow::decimal128(type.precision, type.scale);
    case ColumnType::kDouble:
      return arrow::float64();
    case ColumnType::kDate:
      return arrow::date32();
    case ColumnType::kTimestamp:
      return TimestampType();
    case ColumnType::kBoolean:
      return arrow::boolean();
    case ColumnType::kNone:
    case ColumnType::kString:
      break;
  }
  return arrow::utf8();
}

std::vector<std::string> ColumnNames(const std::vector<std::string>& header,
                                     const CsvOptions& options, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    const std::string generated = "_c" + std::to_string(i);
    if (!options.header || header[i].empty() || header[i] == options.null_value) {
      names.push_back(generated);
      continue;
    }
    const auto same = std::count_if(header.begin(), header.end(), [&](const auto& other) {
      return EqualsIgnoreCase(other, header[i]);
    });
    names.push_back(same > 1 ? header[i] + std::to_string(i) : header[i]);
  }
  return names;
}

bool IsAbsent(const CsvValue& value, const CsvOptions& options) {
  return value.text.empty() || value.text == options.null_value;
}

}  // namespace

Result<SchemaPtr> InferCsvSchema(const std::vector<DataFile>& files, const CsvOptions& options) {
  std::vector<std::string> header;
  std::vector<ColumnType> columns;
  bool found_first = false;
  const TypeInference inference(options);
  std::vector<CsvValue> values;
  std::string_view raw;
  for (const auto& file : files) {
    if (file.size_bytes == 0) continue;
    CsvRecords records(options);
    ARROW_RETURN_NOT_OK(records.Open({std::make_shared<DataFile>(file), 0, file.size_bytes}));
    while (true) {
      values.clear();
      ARROW_ASSIGN_OR_RAISE(const bool more, records.Next(&values, &raw));
      if (!found_first && (more || !records.header().empty())) {
        found_first = true;
        header = records.header();
        columns.resize(options.header ? header.size() : values.size());
      }
      if (!more) {
        if (!records.full()) break;
        ARROW_RETURN_NOT_OK(records.Release());
        continue;
      }
      if (!options.infer_schema) break;
      for (size_t i = 0; i < std::min(values.size(), columns.size()); ++i) {
        if (!IsAbsent(values[i], options)) inference.Add(values[i].text, &columns[i]);
      }
    }
    if (found_first && !options.infer_schema) break;
  }
  if (files.empty()) return nullptr;
  arrow::FieldVector fields;
  const auto names = ColumnNames(header, options, columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field(names[i], SparkType(columns[i])));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace headrace
