// Casts between Spark's types, and the type coercion rules (semantics.md 9.2, 9.3).
#pragma once

#include "expression/expression.h"

namespace headrace {

enum class CastMode {
  kAnsi,    // CAST with spark.sql.ansi.enabled: errors CAST_INVALID_INPUT, CAST_OVERFLOW, …
  kLegacy,  // CAST without ANSI: null or wrap-around
  kTry,     // try_cast: null
};

struct CastOptions {
  CastMode mode = CastMode::kAnsi;
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
};

// Whether Spark allows the cast at all under `mode` (static check); error
// DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION, CAST_WITH_CONF_SUGGESTION, CAST_WITH_FUNC_SUGGESTION.
Status CheckCast(const DataType& from, const DataType& to, CastMode mode);
Result<Datum> CastValues(const Datum& input, const DataTypePtr& to, const CastOptions& options);

// Returns `input` itself when the types are equal; folds literals, except where that would fail.
Result<ExpressionPtr> MakeCast(ExpressionPtr input, DataTypePtr to, const CastOptions& options);

// The type both sides of a union, coalesce, case, … are widened to; null when there is none. ANSI
// and non-ANSI rules differ for strings.
DataTypePtr CommonType(const DataTypePtr& left, const DataTypePtr& right, bool ansi);
DataTypePtr CommonType(const std::vector<DataTypePtr>& types, bool ansi);
// The same for the sides of a comparison: without ANSI a string takes the other side's type.
DataTypePtr ComparisonType(const DataTypePtr& left, const DataTypePtr& right, bool ansi);

// Result types of decimal arithmetic: op is one of + - * / %.
DataTypePtr DecimalResultType(char op, const arrow::Decimal128Type& left,
                              const arrow::Decimal128Type& right);
// The decimal that holds every value of an integral type.
std::shared_ptr<arrow::Decimal128Type> DecimalForIntegral(const DataType& type);

}  // namespace headrace
