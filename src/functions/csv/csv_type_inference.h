// Finds the type that the values of a CSV column have, as Spark infers it.
#pragma once

#include <string_view>

#include "functions/csv/csv_options.h"
#include "types/spark_type.h"

namespace headrace {

// What the values of a column seen so far could be, from the narrowest on.
struct CsvColumnType {
  enum Kind { kNone, kInteger, kLong, kDecimal, kDouble, kDate, kTimestamp, kBoolean, kString };
  Kind kind = kNone;
  int precision = 0;
  int scale = 0;

  // STRING when there was no value.
  DataTypePtr SparkType() const;
};

class CsvTypeInference {
 public:
  explicit CsvTypeInference(const CsvOptions& options) : options_(options) {}
  // `text` is a value that is not null.
  void Add(std::string_view text, CsvColumnType* column) const;

 private:
  CsvColumnType Infer(std::string_view text, CsvColumnType::Kind from) const;
  bool IsDate(std::string_view text) const;

  const CsvOptions options_;
};

}  // namespace headrace
