// Values as literals of the protocol: what observe() found.
#include "connect/literal_messages.h"
#include "connect/type_messages.h"
#include "types/value_text.h"

namespace headrace {
namespace {

template <typename Array>
const Array& As(const arrow::Array& values) {
  return static_cast<const Array&>(values);
}

}  // namespace

Result<messages::Expression::Literal> LiteralToMessage(const arrow::Array& values, int64_t row) {
  messages::Expression::Literal literal;
  if (values.IsNull(row)) {
    ARROW_ASSIGN_OR_RAISE(*literal.mutable_null(), TypeToMessage(*values.type()));
    return literal;
  }
  switch (values.type_id()) {
    case arrow::Type::BOOL:
      literal.set_boolean(As<arrow::BooleanArray>(values).Value(row));
      return literal;
    case arrow::Type::INT8:
      literal.set_byte(As<arrow::Int8Array>(values).Value(row));
      return literal;
    case arrow::Type::INT16:
      literal.set_short_(As<arrow::Int16Array>(values).Value(row));
      return literal;
    case arrow::Type::INT32:
      literal.set_integer(As<arrow::Int32Array>(values).Value(row));
      return literal;
    case arrow::Type::INT64:
      literal.set_long_(As<arrow::Int64Array>(values).Value(row));
      return literal;
    case arrow::Type::FLOAT:
      literal.set_float_(As<arrow::FloatArray>(values).Value(row));
      return literal;
    case arrow::Type::DOUBLE:
      literal.set_double_(As<arrow::DoubleArray>(values).Value(row));
      return literal;
    case arrow::Type::STRING:
      literal.set_string(As<arrow::StringArray>(values).GetString(row));
      return literal;
    case arrow::Type::BINARY:
      literal.set_binary(As<arrow::BinaryArray>(values).GetString(row));
      return literal;
    case arrow::Type::DATE32:
      literal.set_date(As<arrow::Date32Array>(values).Value(row));
      return literal;
    case arrow::Type::TIMESTAMP:
      if (IsTimestampNtz(*values.type())) {
        literal.set_timestamp_ntz(As<arrow::TimestampArray>(values).Value(row));
      } else {
        literal.set_timestamp(As<arrow::TimestampArray>(values).Value(row));
      }
      return literal;
    case arrow::Type::DURATION:
      literal.set_day_time_interval(As<arrow::DurationArray>(values).Value(row));
      return literal;
    case arrow::Type::INTERVAL_MONTHS:
      literal.set_year_month_interval(As<arrow::MonthIntervalArray>(values).Value(row));
      return literal;
    case arrow::Type::DECIMAL128: {
      const auto& type = static_cast<const arrow::Decimal128Type&>(*values.type());
      auto* decimal = literal.mutable_decimal();
      AppendValue(values, row, *TimeZone::Utc(), TextStyle::kShow, decimal->mutable_value());
      decimal->set_precision(type.precision());
      decimal->set_scale(type.scale());
      return literal;
    }
    case arrow::Type::LIST: {
      const auto& list = As<arrow::ListArray>(values);
      auto* array = literal.mutable_array();
      ARROW_ASSIGN_OR_RAISE(*array->mutable_element_type(), TypeToMessage(*list.value_type()));
      for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        ARROW_ASSIGN_OR_RAISE(*array->add_elements(), LiteralToMessage(*list.values(), i));
      }
      return literal;
    }
    case arrow::Type::STRUCT: {
      auto* structure = literal.mutable_struct_();
      ARROW_ASSIGN_OR_RAISE(*structure->mutable_struct_type(), TypeToMessage(*values.type()));
      for (const auto& field : As<arrow::StructArray>(values).fields()) {
        ARROW_ASSIGN_OR_RAISE(*structure->add_elements(), LiteralToMessage(*field, row));
      }
      return literal;
    }
    default:
      return NotSupported("a metric of the type " + SimpleString(*values.type()) + " in observe()");
  }
}

}  // namespace headrace
