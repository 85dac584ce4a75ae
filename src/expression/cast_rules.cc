// Which casts there are at all.
#include "expression/cast.h"
#include "expression/cast_kernels.h"

namespace headrace {

namespace {

bool IsInterval(const DataType& type) {
  return type.id() == arrow::Type::DURATION || type.id() == arrow::Type::INTERVAL_MONTHS;
}
bool IsDate(const DataType& type) { return type.id() == arrow::Type::DATE32; }
bool IsBoolean(const DataType& type) { return type.id() == arrow::Type::BOOL; }
bool IsBinary(const DataType& type) { return type.id() == arrow::Type::BINARY; }

// Casts between atomic types that ANSI mode and try_cast allow.
bool AnsiAllows(const DataType& from, const DataType& to) {
  if (IsString(to)) return true;
  if (IsString(from)) {
    return IsBinary(to) || IsBoolean(to) || IsNumeric(to) || IsDate(to) || IsInterval(to) ||
           to.id() == arrow::Type::TIMESTAMP;
  }
  if (IsNumeric(from)) return IsNumeric(to) || IsBoolean(to) || IsTimestampLtz(to);
  if (IsBoolean(from)) return IsNumeric(to);
  if (IsDate(from)) return to.id() == arrow::Type::TIMESTAMP;
  if (IsTimestampLtz(from)) return IsNumeric(to) || IsDate(to) || IsTimestampNtz(to);
  if (IsTimestampNtz(from)) return IsDate(to) || IsTimestampLtz(to);
  return false;
}

// What is allowed without ANSI mode on top of that.
bool LegacyAllows(const DataType& from, const DataType& to) {
  if (AnsiAllows(from, to)) return true;
  if (IsIntegral(from)) return IsBinary(to);
  if (IsBoolean(from)) return IsTimestampLtz(to);
  if (IsDate(from)) return IsBoolean(to) || IsNumeric(to);
  if (IsTimestampLtz(from)) return IsBoolean(to);
  return false;
}

bool Allows(const DataType& from, const DataType& to, CastMode mode);

// A place that does not take nulls can only be filled by a cast that makes none.
bool NullsFit(bool from_nullable, const DataType& from, bool to_nullable, const DataType& to,
              CastMode mode) {
  if (to_nullable) return true;
  return !from_nullable && (mode == CastMode::kAnsi || !MayMakeNull(from, to));
}

bool Allows(const DataType& from, const DataType& to, CastMode mode) {
  if (from.id() == arrow::Type::NA) return true;
  if (IsString(to)) return true;
  if (from.id() == to.id()) {
    switch (from.id()) {
      case arrow::Type::LIST: {
        const auto& from_list = static_cast<const arrow::ListType&>(from);
        const auto& to_list = static_cast<const arrow::ListType&>(to);
        return Allows(*from_list.value_type(), *to_list.value_type(), mode) &&
               NullsFit(from_list.value_field()->nullable(), *from_list.value_type(),
                        to_list.value_field()->nullable(), *to_list.value_type(), mode);
      }
      case arrow::Type::MAP: {
        const auto& from_map = static_cast<const arrow::MapType&>(from);
        const auto& to_map = static_cast<const arrow::MapType&>(to);
        return Allows(*from_map.key_type(), *to_map.key_type(), mode) &&
               NullsFit(false, *from_map.key_type(), false, *to_map.key_type(), mode) &&
               Allows(*from_map.item_type(), *to_map.item_type(), mode) &&
               NullsFit(from_map.item_field()->nullable(), *from_map.item_type(),
                        to_map.item_field()->nullable(), *to_map.item_type(), mode);
      }
      case arrow::Type::STRUCT:
        if (from.num_fields() != to.num_fields()) return false;
        for (int i = 0; i < from.num_fields(); ++i) {
          const arrow::Field& from_field = *from.field(i);
          const arrow::Field& to_field = *to.field(i);
          if (!Allows(*from_field.type(), *to_field.type(), mode) ||
              !NullsFit(from_field.nullable(), *from_field.type(), to_field.nullable(),
                        *to_field.type(), mode)) {
            return false;
          }
        }
        return true;
      default:
        if (from.Equals(to)) return true;
    }
  }
  return mode == CastMode::kLegacy ? LegacyAllows(from, to) : AnsiAllows(from, to);
}

// Whether every value of `from` fits into the decimal `to`.
bool FitsDecimal(const DataType& from, const DataType& to) {
  if (from.id() == arrow::Type::BOOL) return true;
  if (!IsIntegral(from) && from.id() != arrow::Type::DECIMAL128) return false;
  const auto& target = static_cast<const arrow::Decimal128Type&>(to);
  const auto integral = IsIntegral(from) ? DecimalForIntegral(from) : nullptr;
  const auto& source =
      integral != nullptr ? *integral : static_cast<const arrow::Decimal128Type&>(from);
  return target.precision() - target.scale() >= source.precision() - source.scale() &&
         target.scale() >= source.scale();
}

}  // namespace

bool MayMakeNull(const DataType& from, const DataType& to) {
  if (from.id() == arrow::Type::NA || SameType(from, to)) return false;
  if (IsString(to)) return false;
  if (IsString(from)) return !IsBinary(to);
  if (IsTimestampLtz(from) && IsNumeric(to)) {
    return to.id() == arrow::Type::INT8 || to.id() == arrow::Type::INT16 ||
           to.id() == arrow::Type::INT32 || to.id() == arrow::Type::DECIMAL128;
  }
  const bool floating = from.id() == arrow::Type::FLOAT || from.id() == arrow::Type::DOUBLE;
  if (floating && (IsTimestampLtz(to) || IsIntegral(to))) return true;
  if (from.id() == arrow::Type::DECIMAL128 && IsIntegral(to)) return true;
  if (IsDate(to)) return from.id() != arrow::Type::TIMESTAMP;
  if (IsDate(from)) return to.id() != arrow::Type::TIMESTAMP;
  if (to.id() == arrow::Type::DECIMAL128) return !FitsDecimal(from, to);
  return false;
}

bool KeepsValues(const DataType& from, const DataType& to) {
  if (from.id() == arrow::Type::NA || SameType(from, to)) return true;
  if (IsString(to)) {
    return from.id() != arrow::Type::LIST && from.id() != arrow::Type::MAP &&
           from.id() != arrow::Type::STRUCT;
  }
  if (IsNumeric(from) && IsNumeric(to)) {
    if (to.id() == arrow::Type::DECIMAL128) return FitsDecimal(from, to);
    if (from.id() == arrow::Type::DECIMAL128) {
      if (!IsIntegral(to)) return true;
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(from);
      return decimal.scale() == 0 && decimal.precision() < DecimalForIntegral(to)->precision();
    }
    return SameType(*CommonType(from.GetSharedPtr(), to.GetSharedPtr(), /*ansi=*/false), to);
  }
  if (IsDate(from)) return to.id() == arrow::Type::TIMESTAMP;
  if (from.id() == arrow::Type::TIMESTAMP) return to.id() == arrow::Type::TIMESTAMP;
  if (from.id() != to.id()) return false;
  switch (from.id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
    case arrow::Type::STRUCT: {
      if (from.num_fields() != to.num_fields()) return false;
      for (int i = 0; i < from.num_fields(); ++i) {
        if (!KeepsValues(*from.field(i)->type(), *to.field(i)->type())) return false;
      }
      return true;
    }
    default:
      return false;
  }
}

Status CheckCast(const DataType& from, const DataType& to, CastMode mode) {
  if (Allows(from, to, mode)) return Status::OK();
  const std::string source = "\"" + SqlName(from) + "\"";
  const std::string target = "\"" + SqlName(to) + "\"";
  const std::string text = "A value of type " + source + " cannot be cast to " + target;
  ErrorParameters parameters = {{"srcType", source}, {"targetType", target}};
  std::string function;
  if (mode != CastMode::kLegacy && IsNumeric(from) && IsDate(to)) function = "DATE_FROM_UNIX_DATE";
  if (mode != CastMode::kLegacy && IsDate(from) && IsNumeric(to)) function = "UNIX_DATE";
  if (!function.empty()) {
    parameters["functionNames"] = "`" + function + "`";
    return AnalysisError("DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION",
                         text + ". Use the function " + function + " instead.", parameters);
  }
  if (mode == CastMode::kAnsi && Allows(from, to, CastMode::kLegacy)) {
    parameters["config"] = "\"spark.sql.ansi.enabled\"";
    parameters["configVal"] = "'false'";
    return AnalysisError(
        "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION",
        text + " in ANSI mode. Cast through another type, or set spark.sql.ansi.enabled to false.",
        parameters);
  }
  return AnalysisError("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                       text + ". Convert it with a function, or cast through another type.",
                       parameters);
}

}  // namespace headrace
