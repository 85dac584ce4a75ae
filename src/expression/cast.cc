#include "expression/cast.h"

#include <cmath>

#include <arrow/array/util.h>

#include "expression/cast_kernels.h"
#include "expression/is_cast.h"
#include "expression/special_datetime.h"
#include "types/value_text.h"

namespace headrace {

namespace {

bool IsNestedType(const DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::MAP ||
         type.id() == arrow::Type::STRUCT;
}

// A value as it would be written in SQL: 'abc', 128Y, 3000000000L, 1.5D.
std::string SqlText(const arrow::Array& input, int64_t row) {
  std::string text;
  AppendValue(input, row, *TimeZone::Utc(), TextStyle::kCast, &text);
  switch (input.type_id()) {
    case arrow::Type::STRING:
      return "'" + text + "'";
    case arrow::Type::INT8:
      return text + "Y";
    case arrow::Type::INT16:
      return text + "S";
    case arrow::Type::INT64:
      return text + "L";
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return text == "NaN" || text.ends_with("Infinity") ? text : text + "D";
    case arrow::Type::DECIMAL128:
      return text + "BD";
    case arrow::Type::TIMESTAMP:
      return (IsTimestampNtz(*input.type()) ? "TIMESTAMP_NTZ '" : "TIMESTAMP '") + text + "'";
    default:
      return text;
  }
}

class Cast final : public Expression {
 public:
  Cast(ExpressionPtr input, DataTypePtr to, CastOptions options,
       QueryContextPtr query_context = nullptr)
      : Expression(to, MayBeNull(*input, *to, options.mode), {input}),
        options_(std::move(options)),
        query_context_(std::move(query_context)) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    ARROW_ASSIGN_OR_RAISE(const Datum value, children()[0]->Evaluate(input, context));
    Result<Datum> result = CastValues(value, type(), options_);
    return result.ok() ? result : headrace::WithContext(result.status(), query_context_);
  }

  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<Cast>(std::move(children[0]), type(), options_, query_context_);
  }

  ExpressionPtr WithContext(QueryContextPtr query_context) const override {
    if (query_context_) return shared_from_this();
    return std::make_shared<Cast>(children()[0], type(), options_, std::move(query_context));
  }

  std::string ToString() const override {
    const char* word = options_.mode == CastMode::kTry ? "TRY_CAST(" : "CAST(";
    return word + children()[0]->ToString() + " AS " + SqlName(*type()) + ")";
  }

 private:
  static bool MayBeNull(const Expression& input, const DataType& to, CastMode mode) {
    if (input.nullable()) return true;
    return mode == CastMode::kTry ? !KeepsValues(*input.type(), to)
                                  : MayMakeNull(*input.type(), to);
  }

  CastOptions options_;
  QueryContextPtr query_context_;
};

}  // namespace

Status InvalidInput(const arrow::Array& input, int64_t row, const DataType& to) {
  const std::string value = SqlText(input, row);
  const std::string from_name = "\"" + SqlName(*input.type()) + "\"";
  const std::string to_name = "\"" + SqlName(to) + "\"";
  const ErrorKind kind = IsNumeric(to) ? ErrorKind::kNumberFormat
                         : to.id() == arrow::Type::DATE32 || to.id() == arrow::Type::TIMESTAMP
                             ? ErrorKind::kDateTime
                             : ErrorKind::kRuntime;
  return MakeError(kind, "CAST_INVALID_INPUT",
                   "The value " + value + " of type " + from_name + " cannot be cast to " +
                       to_name +
                       " because it is malformed. Correct the value, or use try_cast to get NULL "
                       "instead.",
                   {{"expression", value}, {"sourceType", from_name}, {"targetType", to_name}});
}

Status CastOverflow(const arrow::Array& input, int64_t row, const DataType& to) {
  const std::string value = SqlText(input, row);
  const std::string from_name = "\"" + SqlName(*input.type()) + "\"";
  const std::string to_name = "\"" + SqlName(to) + "\"";
  return MakeError(ErrorKind::kArithmetic, "CAST_OVERFLOW",
                   "The value " + value + " of type " + from_name + " does not fit into " +
                       to_name + ". Use a wider type, or try_cast to get NULL instead.",
                   {{"value", value}, {"sourceType", from_name}, {"targetType", to_name}});
}

Status DecimalOutOfRange(const arrow::Array& input, int64_t row, const DataType& to) {
  const auto& decimal = static_cast<const arrow::Decimal128Type&>(to);
  std::string value;
  AppendValue(input, row, *TimeZone::Utc(), TextStyle::kCast, &value);
  return MakeError(ErrorKind::kArithmetic, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
                   "The value " + value + " does not fit into " + SqlName(to) +
                       ". Use a wider decimal, or try_cast to get NULL instead.",
                   {{"value", value},
                    {"precision", std::to_string(decimal.precision())},
                    {"scale", std::to_string(decimal.scale())},
                    {"config", "\"spark.sql.ansi.enabled\""}});
}

Result<ArrayPtr> CastArray(const ArrayPtr& input, const DataTypePtr& to,
                           const CastOptions& options) {
  const DataType& from = *input->type();
  if (from.Equals(*to)) return input;
  if (from.id() == arrow::Type::NA) return arrow::MakeArrayOfNull(to, input->length());
  ArrayPtr result;
  if (IsString(*to)) {
    ARROW_ASSIGN_OR_RAISE(result, CastToString(*input, *options.zone));
  } else if (IsNestedType(from)) {
    ARROW_ASSIGN_OR_RAISE(result, CastNested(input, to, options));
  } else if (to->id() == arrow::Type::DECIMAL128) {
    ARROW_ASSIGN_OR_RAISE(result, CastToDecimal(*input, to, options));
  } else if (from.id() == arrow::Type::DECIMAL128) {
    ARROW_ASSIGN_OR_RAISE(result, CastFromDecimal(*input, to, options));
  } else if (from.id() == arrow::Type::STRING) {
    ARROW_ASSIGN_OR_RAISE(result, CastString(*input, to, options));
  } else if (from.id() == arrow::Type::DATE32 || from.id() == arrow::Type::TIMESTAMP ||
             (to->id() == arrow::Type::TIMESTAMP && from.id() != arrow::Type::BOOL)) {
    ARROW_ASSIGN_OR_RAISE(result, CastDateTime(*input, to, options));
  } else {
    ARROW_ASSIGN_OR_RAISE(result, CastNumber(*input, to, options));
  }
  if (result == nullptr) {
    return NotSupported("cast from " + SqlName(from) + " to " + SqlName(*to));
  }
  return result;
}

Result<Datum> CastValues(const Datum& input, const DataTypePtr& to, const CastOptions& options) {
  if (input.type()->Equals(*to)) return input;
  if (input.is_scalar()) {
    if (!input.scalar()->is_valid) return Datum(arrow::MakeNullScalar(to));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr one, arrow::MakeArrayFromScalar(*input.scalar(), 1));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr casted, CastArray(one, to, options));
    ARROW_ASSIGN_OR_RAISE(auto scalar, casted->GetScalar(0));
    return Datum(std::move(scalar));
  }
  ARROW_ASSIGN_OR_RAISE(ArrayPtr casted, CastArray(input.make_array(), to, options));
  return Datum(std::move(casted));
}

Result<ExpressionPtr> MakeCast(ExpressionPtr input, DataTypePtr to, const CastOptions& options) {
  if (input->type()->Equals(*to)) return input;
  ARROW_RETURN_NOT_OK(CheckCast(*input->type(), *to, options.mode));
  const bool to_date_or_time =
      to->id() == arrow::Type::DATE32 || to->id() == arrow::Type::TIMESTAMP;
  if (to_date_or_time && IsString(*input->type()) && input->foldable()) {
    const auto text = Fold(*input);
    if (text.ok() && (*text)->is_valid) {
      const auto& view = static_cast<const arrow::StringScalar&>(**text).view();
      if (ExpressionPtr special = MakeSpecialDateTime(view, to, options.zone)) return special;
    }
  }
  if (const auto* literal = dynamic_cast<const Literal*>(input.get())) {
    // A cast that fails is left in place: its rows may never be reached.
    Result<Datum> folded = CastValues(Datum(literal->value()), to, options);
    if (folded.ok()) return MakeLiteral(folded->scalar());
  }
  return std::make_shared<Cast>(std::move(input), std::move(to), options);
}

bool IsCast(const Expression& expression) {
  return dynamic_cast<const Cast*>(&expression) != nullptr;
}

}  // namespace headrace
