#include "connect/literal_messages.h"

#include <arrow/array/builder_base.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/util/decimal.h>

#include "connect/field_check.h"
#include "connect/type_messages.h"

namespace headrace {
namespace {

using Literal = messages::Expression::Literal;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

// `value`'s text may need more digits than the client declares; the larger of both counts.
Result<ScalarPtr> DecimalLiteral(const Literal::Decimal& message) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"value", "precision", "scale"}));
  arrow::Decimal128 value;
  int32_t precision = 0, scale = 0;
  auto parsed = arrow::Decimal128::FromString(message.value(), &value, &precision, &scale);
  if (!parsed.ok()) {
    return MakeError(
        ErrorKind::kNumberFormat, "INVALID_DECIMAL_LITERAL",
        "The decimal literal `" + message.value() + "` is no number of at most 38 digits.");
  }
  // 1E+3 has the scale -3. In 64 bits, since a message may say any number.
  const int64_t whole_digits = std::max<int64_t>(int64_t{precision} - scale, 0);
  const int64_t wanted_scale = std::max<int64_t>({scale, message.scale(), 0});
  const int64_t wanted_precision =
      std::max<int64_t>({whole_digits + wanted_scale, message.precision(), 1});
  if (wanted_precision > arrow::Decimal128Type::kMaxPrecision) {
    return MakeError(ErrorKind::kArithmetic, "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION",
                     "The decimal literal `" + message.value() + "` needs more than 38 digits.",
                     {{"value", message.value()}});
  }
  ARROW_ASSIGN_OR_RAISE(value, value.Rescale(scale, static_cast<int32_t>(wanted_scale)));
  return std::make_shared<arrow::Decimal128Scalar>(
      value, arrow::decimal128(static_cast<int32_t>(wanted_precision),
                               static_cast<int32_t>(wanted_scale)));
}

// One array of `elements`, each of exactly `type` or a null.
Result<std::shared_ptr<arrow::Array>> Elements(
    const google::protobuf::RepeatedPtrField<Literal>& elements, DataTypePtr type) {
  std::vector<ScalarPtr> scalars;
  for (const auto& element : elements) {
    ARROW_ASSIGN_OR_RAISE(auto scalar, LiteralFromMessage(element));
    scalars.push_back(std::move(scalar));
  }
  if (type == nullptr) {
    type = scalars.empty() ? arrow::null() : scalars.front()->type;
    for (const auto& scalar : scalars) {
      if (type->id() == arrow::Type::NA) type = scalar->type;
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
  for (const auto& scalar : scalars) {
    if (!scalar->is_valid) {
      ARROW_RETURN_NOT_OK(builder->AppendNull());
    } else if (scalar->type->Equals(type)) {
      ARROW_RETURN_NOT_OK(builder->AppendScalar(*scalar));
    } else {
      return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.LITERAL_ELEMENT_TYPE",
                       "An element of a literal of " + SimpleString(*type) + " has the type " +
                           SimpleString(*scalar->type) + ".");
    }
  }
  return builder->Finish();
}

Result<ScalarPtr> ArrayLiteral(const Literal::Array& message, const DataTypePtr& declared) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"element_type", "elements"}));
  DataTypePtr type = declared;
  if (type == nullptr && message.has_element_type()) {
    ARROW_ASSIGN_OR_RAISE(auto element, TypeFromMessage(message.element_type()));
    type = ArrayOf(std::move(element));
  }
  DataTypePtr element = type == nullptr ? nullptr : type->field(0)->type();
  ARROW_ASSIGN_OR_RAISE(auto values, Elements(message.elements(), element));
  if (type == nullptr) type = ArrayOf(values->type());
  return std::make_shared<arrow::ListScalar>(std::move(values), std::move(type));
}

Result<ScalarPtr> MapLiteral(const Literal::Map& message, const DataTypePtr& declared) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"key_type", "value_type", "keys", "values"}));
  DataTypePtr key, value, type = declared;
  if (type != nullptr) {
    const auto& map = static_cast<const arrow::MapType&>(*type);
    key = map.key_type();
    value = map.item_type();
  } else {
    if (message.has_key_type()) {
      ARROW_ASSIGN_OR_RAISE(key, TypeFromMessage(message.key_type()));
    }
    if (message.has_value_type()) {
      ARROW_ASSIGN_OR_RAISE(value, TypeFromMessage(message.value_type()));
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto keys, Elements(message.keys(), key));
  ARROW_ASSIGN_OR_RAISE(auto values, Elements(message.values(), value));
  if (type == nullptr) type = MapOf(keys->type(), values->type());
  const auto& entries = static_cast<const arrow::MapType&>(*type).value_type();
  auto pairs = std::make_shared<arrow::StructArray>(entries, keys->length(),
                                                    arrow::ArrayVector{keys, values});
  return std::make_shared<arrow::MapScalar>(std::move(pairs), std::move(type));
}

Result<ScalarPtr> StructLiteral(const Literal::Struct& message, const DataTypePtr& declared) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"struct_type", "elements"}));
  DataTypePtr type = declared;
  if (type == nullptr) {
    ARROW_ASSIGN_OR_RAISE(type, TypeFromMessage(message.struct_type()));
  }
  if (type->id() != arrow::Type::STRUCT || type->num_fields() != message.elements_size()) {
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.LITERAL_STRUCT_FIELDS",
                     "A struct literal has " + std::to_string(message.elements_size()) +
                         " values for the type " + SimpleString(*type) + ".");
  }
  arrow::ScalarVector values;
  for (int i = 0; i < message.elements_size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto value, LiteralFromMessage(message.elements(i)));
    if (!value->is_valid) value = arrow::MakeNullScalar(type->field(i)->type());
    values.push_back(std::move(value));
  }
  return std::make_shared<arrow::StructScalar>(std::move(values), std::move(type));
}

template <typename Builder, typename Values>
Result<ScalarPtr> PlainArray(const Values& values) {
  Builder builder;
  for (const auto& value : values) ARROW_RETURN_NOT_OK(builder.Append(value));
  ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
  auto type = ArrayOf(array->type(), /*contains_null=*/false);
  return std::make_shared<arrow::ListScalar>(std::move(array), std::move(type));
}

Result<ScalarPtr> SpecializedArray(const Literal::SpecializedArray& message) {
  using Kind = Literal::SpecializedArray::ValueTypeCase;
  switch (message.value_type_case()) {
    case Kind::kBools:
      return PlainArray<arrow::BooleanBuilder>(message.bools().values());
    case Kind::kInts:
      return PlainArray<arrow::Int32Builder>(message.ints().values());
    case Kind::kLongs:
      return PlainArray<arrow::Int64Builder>(message.longs().values());
    case Kind::kFloats:
      return PlainArray<arrow::FloatBuilder>(message.floats().values());
    case Kind::kDoubles:
      return PlainArray<arrow::DoubleBuilder>(message.doubles().values());
    case Kind::kStrings:
      return PlainArray<arrow::StringBuilder>(message.strings().values());
    case Kind::VALUE_TYPE_NOT_SET:
      break;
  }
  ARROW_RETURN_NOT_OK(CheckFields(message, {}));
  return NotSupported("an array literal without values");
}

}  // namespace

Result<ScalarPtr> LiteralFromMessage(const Literal& message) {
  using Kind = Literal::LiteralTypeCase;
  DataTypePtr declared;
  if (message.has_data_type()) {
    ARROW_ASSIGN_OR_RAISE(declared, TypeFromMessage(message.data_type()));
  }
  switch (message.literal_type_case()) {
    case Kind::kNull: {
      if (declared != nullptr) return arrow::MakeNullScalar(declared);
      ARROW_ASSIGN_OR_RAISE(auto type, TypeFromMessage(message.null()));
      return arrow::MakeNullScalar(type);
    }
    case Kind::kBinary:
      return std::make_shared<arrow::BinaryScalar>(message.binary());
    case Kind::kBoolean:
      return std::make_shared<arrow::BooleanScalar>(message.boolean());
    case Kind::kByte:
      return std::make_shared<arrow::Int8Scalar>(static_cast<int8_t>(message.byte()));
    case Kind::kShort:
      return std::make_shared<arrow::Int16Scalar>(static_cast<int16_t>(message.short_()));
    case Kind::kInteger:
      return std::make_shared<arrow::Int32Scalar>(message.integer());
    case Kind::kLong:
      return std::make_shared<arrow::Int64Scalar>(message.long_());
    case Kind::kFloat:
      return std::make_shared<arrow::FloatScalar>(message.float_());
    case Kind::kDouble:
      return std::make_shared<arrow::DoubleScalar>(message.double_());
    case Kind::kDecimal:
      return DecimalLiteral(message.decimal());
    case Kind::kString:
      return std::make_shared<arrow::StringScalar>(message.string());
    case Kind::kDate:
      return std::make_shared<arrow::Date32Scalar>(message.date());
    case Kind::kTimestamp:
      return std::make_shared<arrow::TimestampScalar>(message.timestamp(), TimestampType());
    case Kind::kTimestampNtz:
      return std::make_shared<arrow::TimestampScalar>(message.timestamp_ntz(), TimestampNtzType());
    case Kind::kDayTimeInterval:
      return std::make_shared<arrow::DurationScalar>(message.day_time_interval(),
                                                     arrow::duration(arrow::TimeUnit::MICRO));
    case Kind::kYearMonthInterval:
      return std::make_shared<arrow::MonthIntervalScalar>(message.year_month_interval());
    case Kind::kArray:
      return ArrayLiteral(message.array(), declared);
    case Kind::kMap:
      return MapLiteral(message.map(), declared);
    case Kind::kStruct:
      return StructLiteral(message.struct_(), declared);
    case Kind::kSpecializedArray:
      return SpecializedArray(message.specialized_array());
    case Kind::kCalendarInterval:
      return NotSupported("a calendar interval literal");
    case Kind::kTime:
      return NotSupported("a literal of the type TIME");
    case Kind::LITERAL_TYPE_NOT_SET:
      break;
  }
  ARROW_RETURN_NOT_OK(CheckFields(message, {"data_type"}));
  return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.LITERAL_TYPE_UNSUPPORTED",
                   "A literal without a value.", {{"literalTypeCase", "LITERALTYPE_NOT_SET"}});
}

}  // namespace headrace
