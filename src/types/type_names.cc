#include "types/type_names.h"

#include <cctype>
#include <cstdio>
#include <map>

namespace headrace {

namespace {

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Result<DataTypePtr> DecimalTypeChecked(int precision, int scale) {
  if (precision > 38) {
    return MakeError(ErrorKind::kArithmetic, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                     "Decimal precision " + std::to_string(precision) +
                         " is more than the maximum of 38. Use a precision from 1 to 38.",
                     {{"precision", std::to_string(precision)}, {"maxPrecision", "38"}});
  }
  if (scale > precision || scale < 0 || precision < 1) {
    return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_1228",
                     "There is no decimal(" + std::to_string(precision) + "," +
                         std::to_string(scale) +
                         "): the precision is from 1 to 38, the scale from 0 to the precision.",
                     {{"precision", std::to_string(precision)}, {"scale", std::to_string(scale)}});
  }
  return arrow::decimal128(precision, scale);
}

Result<DataTypePtr> TypeFromName(const std::string& name, TypeNameForm form) {
  static const std::map<std::string, DataTypePtr> common = {
      {"void", arrow::null()},
      {"boolean", arrow::boolean()},
      {"byte", arrow::int8()},
      {"short", arrow::int16()},
      {"integer", arrow::int32()},
      {"long", arrow::int64()},
      {"float", arrow::float32()},
      {"double", arrow::float64()},
      {"string", arrow::utf8()},
      {"binary", arrow::binary()},
      {"date", arrow::date32()},
      {"timestamp", TimestampType()},
      {"timestamp_ltz", TimestampType()},
      {"timestamp_ntz", TimestampNtzType()},
      {"decimal", arrow::decimal128(10, 0)},
  };
  static const std::map<std::string, DataTypePtr> ddl_only = {
      {"tinyint", arrow::int8()},
      {"smallint", arrow::int16()},
      {"int", arrow::int32()},
      {"bigint", arrow::int64()},
      {"real", arrow::float32()},
      {"dec", arrow::decimal128(10, 0)},
      {"numeric", arrow::decimal128(10, 0)},
  };
  const std::string lower = ToLower(name);
  if (auto found = common.find(lower); found != common.end()) return found->second;
  if (form == TypeNameForm::kDdl) {
    if (auto found = ddl_only.find(lower); found != ddl_only.end()) return found->second;
    return MakeError(
        ErrorKind::kParse, "UNSUPPORTED_DATATYPE",
        "There is no data type \"" + name + "\" here. Check its spelling, or choose another type.",
        {{"typeName", "\"" + Upper(name) + "\""}});
  }
  if (lower == "null") return arrow::null();
  int precision = 0;
  int scale = 0;
  int end = 0;
  if (std::sscanf(lower.c_str(), "decimal(%d,%d)%n", &precision, &scale, &end) == 2 &&
      end == static_cast<int>(lower.size())) {
    return DecimalTypeChecked(precision, scale);
  }
  if (lower.starts_with("varchar(") || lower.starts_with("char(")) return arrow::utf8();
  if (lower.starts_with("interval ")) {
    const bool months =
        lower.find("year") != std::string::npos || lower.find("month") != std::string::npos;
    return months ? arrow::month_interval() : arrow::duration(arrow::TimeUnit::MICRO);
  }
  return IllegalArgument(
      "INVALID_JSON_DATA_TYPE",
      "There is no data type \"" + name + "\" here. Check its spelling, or choose another type.",
      {{"invalidType", name}});
}

}  // namespace headrace
