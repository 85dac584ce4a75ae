#include "client/type_message.h"

#include "client/exception_factory.h"

namespace headrace::client {
namespace {

using Kind = DataType::Kind;
using Message = messages::DataType;

DataType Make(DataType::Definition definition) {
  return DataType(std::make_shared<const DataType::Definition>(std::move(definition)));
}

// Field numbers of intervals; a message without them means the widest interval.
DataType IntervalFromMessage(Kind kind, const auto& interval, int32_t widest_last) {
  return Make({.kind = kind,
               .precision = interval.has_start_field() ? interval.start_field() : 0,
               .scale = interval.has_end_field()     ? interval.end_field()
                        : interval.has_start_field() ? interval.start_field()
                                                     : widest_last});
}

void WriteStruct(const DataType& type, Message::Struct* message) {
  for (const StructField& field : type.fields()) {
    Message::StructField* out = message->add_fields();
    out->set_name(field.name);
    WriteType(field.dataType, out->mutable_data_type());
    out->set_nullable(field.nullable);
    if (!field.metadata.empty()) out->set_metadata(field.metadata);
  }
}

}  // namespace

void WriteType(const DataType& type, Message* message) {
  switch (type.kind()) {
    case Kind::kNull:
      message->mutable_null();
      break;
    case Kind::kBoolean:
      message->mutable_boolean();
      break;
    case Kind::kByte:
      message->mutable_byte();
      break;
    case Kind::kShort:
      message->mutable_short_();
      break;
    case Kind::kInteger:
      message->mutable_integer();
      break;
    case Kind::kLong:
      message->mutable_long_();
      break;
    case Kind::kFloat:
      message->mutable_float_();
      break;
    case Kind::kDouble:
      message->mutable_double_();
      break;
    case Kind::kDecimal:
      message->mutable_decimal()->set_precision(type.precision());
      message->mutable_decimal()->set_scale(type.scale());
      break;
    case Kind::kString:
      message->mutable_string();
      break;
    case Kind::kChar:
      message->mutable_char_()->set_length(type.length());
      break;
    case Kind::kVarchar:
      message->mutable_var_char()->set_length(type.length());
      break;
    case Kind::kBinary:
      message->mutable_binary();
      break;
    case Kind::kDate:
      message->mutable_date();
      break;
    case Kind::kTimestamp:
      message->mutable_timestamp();
      break;
    case Kind::kTimestampNtz:
      message->mutable_timestamp_ntz();
      break;
    case Kind::kDayTimeInterval:
      message->mutable_day_time_interval()->set_start_field(type.precision());
      message->mutable_day_time_interval()->set_end_field(type.scale());
      break;
    case Kind::kYearMonthInterval:
      message->mutable_year_month_interval()->set_start_field(type.precision());
      message->mutable_year_month_interval()->set_end_field(type.scale());
      break;
    case Kind::kCalendarInterval:
      message->mutable_calendar_interval();
      break;
    case Kind::kArray:
      WriteType(type.elementType(), message->mutable_array()->mutable_element_type());
      message->mutable_array()->set_contains_null(type.containsNull());
      break;
    case Kind::kMap:
      WriteType(type.keyType(), message->mutable_map()->mutable_key_type());
      WriteType(type.valueType(), message->mutable_map()->mutable_value_type());
      message->mutable_map()->set_value_contains_null(type.containsNull());
      break;
    case Kind::kStruct:
      WriteStruct(type, message->mutable_struct_());
      break;
    case Kind::kVariant:
      message->mutable_variant();
      break;
    case Kind::kOther:
      message->mutable_unparsed()->set_data_type_string(type.simpleString());
      break;
  }
}

DataType TypeFromMessage(const Message& message) {
  switch (message.kind_case()) {
    case Message::kNull:
      return NullType();
    case Message::kBoolean:
      return BooleanType();
    case Message::kByte:
      return ByteType();
    case Message::kShort:
      return ShortType();
    case Message::kInteger:
      return IntegerType();
    case Message::kLong:
      return LongType();
    case Message::kFloat:
      return FloatType();
    case Message::kDouble:
      return DoubleType();
    case Message::kDecimal:
      return DecimalType(message.decimal().has_precision() ? message.decimal().precision() : 10,
                         message.decimal().scale());
    case Message::kString:
      return StringType();
    case Message::kChar:
      return Make({.kind = Kind::kChar, .precision = message.char_().length()});
    case Message::kVarChar:
      return Make({.kind = Kind::kVarchar, .precision = message.var_char().length()});
    case Message::kBinary:
      return BinaryType();
    case Message::kDate:
      return DateType();
    case Message::kTimestamp:
      return TimestampType();
    case Message::kTimestampNtz:
      return TimestampNTZType();
    case Message::kDayTimeInterval:
      return IntervalFromMessage(Kind::kDayTimeInterval, message.day_time_interval(), 3);
    case Message::kYearMonthInterval:
      return IntervalFromMessage(Kind::kYearMonthInterval, message.year_month_interval(), 1);
    case Message::kCalendarInterval:
      return Make({.kind = Kind::kCalendarInterval});
    case Message::kArray:
      return ArrayType(TypeFromMessage(message.array().element_type()),
                       message.array().contains_null());
    case Message::kMap:
      return MapType(TypeFromMessage(message.map().key_type()),
                     TypeFromMessage(message.map().value_type()),
                     message.map().value_contains_null());
    case Message::kStruct: {
      std::vector<StructField> fields;
      for (const Message::StructField& field : message.struct_().fields()) {
        fields.push_back({.name = field.name(),
                          .dataType = TypeFromMessage(field.data_type()),
                          .nullable = field.nullable(),
                          .metadata = field.metadata()});
      }
      return StructType(std::move(fields));
    }
    case Message::kVariant:
      return Make({.kind = Kind::kVariant});
    case Message::kUnparsed:
      return Make({.kind = Kind::kOther, .name = message.unparsed().data_type_string()});
    default: {
      const auto* field =
          Message::descriptor()->FindFieldByNumber(static_cast<int>(message.kind_case()));
      return Make({.kind = Kind::kOther, .name = field == nullptr ? "unknown" : field->name()});
    }
  }
}

StructType SchemaFromMessage(const Message& message) {
  if (!message.has_struct_()) {
    ThrowConnectError("The server sent a schema that is no struct: " + message.ShortDebugString());
  }
  return StructType(TypeFromMessage(message).fields());
}

}  // namespace headrace::client
