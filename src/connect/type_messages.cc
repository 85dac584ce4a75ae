#include "connect/type_messages.h"

#include <google/protobuf/descriptor.h>

#include "connect/field_check.h"
#include "types/type_names.h"
#include "types/user_defined_type.h"

namespace headrace {
namespace {

using Kind = messages::DataType::KindCase;

constexpr char kMetadataKey[] = "spark_metadata";
// Field numbers of interval types: DAY, HOUR, MINUTE, SECOND and YEAR, MONTH.
constexpr int kDay = 0, kSecond = 3, kYear = 0, kMonth = 1;

Status UnsupportedType(const std::string& name) {
  return AnalysisError("UNSUPPORTED_DATATYPE",
                       "The type " + name + " is not supported by this engine.",
                       {{"typeName", "\"" + name + "\""}});
}

Result<DataTypePtr> DecimalOf(const messages::DataType::Decimal& message) {
  const int precision = message.has_precision() ? message.precision() : 10;
  const int scale = message.scale();
  const std::string scale_text = std::to_string(scale);
  if (scale < 0) {
    return AnalysisError("NEGATIVE_SCALE_DISALLOWED",
                         "A decimal has the scale " + scale_text + "; use one from 0 up.",
                         {{"scale", "'" + scale_text + "'"},
                          {"sqlConf", "\"spark.sql.legacy.allowNegativeScaleOfDecimal\""}});
  }
  if (precision < 1) {
    return UnsupportedType("DECIMAL(" + std::to_string(precision) + "," + scale_text + ")");
  }
  if (scale > precision && precision <= 38) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1228",
                         "Decimal scale " + scale_text + " is greater than the precision " +
                             std::to_string(precision) + ".",
                         {{"precision", std::to_string(precision)}, {"scale", scale_text}});
  }
  return DecimalTypeChecked(precision, scale);
}

Result<FieldPtr> FieldFromMessage(const messages::DataType::StructField& message) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"name", "data_type", "nullable", "metadata"}));
  ARROW_ASSIGN_OR_RAISE(auto type, TypeFromMessage(message.data_type()));
  auto field = arrow::field(message.name(), std::move(type), message.nullable());
  if (!message.metadata().empty() && message.metadata() != "{}") {
    field = field->WithMetadata(arrow::key_value_metadata({kMetadataKey}, {message.metadata()}));
  }
  return field;
}

Result<DataTypePtr> StructFromMessage(const messages::DataType::Struct& message) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"fields"}));
  arrow::FieldVector fields;
  for (const auto& each : message.fields()) {
    ARROW_ASSIGN_OR_RAISE(auto field, FieldFromMessage(each));
    fields.push_back(std::move(field));
  }
  return arrow::struct_(std::move(fields));
}

template <typename Interval>
Status CheckInterval(const Interval& message, int first, int last, const char* name) {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"start_field", "end_field"}));
  bool whole = (!message.has_start_field() || message.start_field() == first) &&
               (!message.has_end_field() || message.end_field() == last);
  return whole ? Status::OK() : UnsupportedType(std::string("a part of ") + name);
}

Status SetFields(const arrow::FieldVector& fields, messages::DataType::Struct* message) {
  for (const auto& field : fields) {
    auto* each = message->add_fields();
    each->set_name(field->name());
    each->set_nullable(field->nullable());
    ARROW_ASSIGN_OR_RAISE(*each->mutable_data_type(), TypeToMessage(*field->type()));
    if (field->metadata() != nullptr) {
      auto metadata = field->metadata()->Get(kMetadataKey);
      if (metadata.ok() && !metadata->empty()) each->set_metadata(*metadata);
    }
  }
  return Status::OK();
}

}  // namespace

Result<DataTypePtr> TypeFromMessage(const messages::DataType& message) {
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  const auto* set =
      reflection->GetOneofFieldDescriptor(message, descriptor->FindOneofByName("kind"));
  if (set == nullptr) {
    // A kind of a newer client is named by its number.
    ARROW_RETURN_NOT_OK(CheckFields(message, {}));
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.DATA_TYPE_UNKNOWN",
                     "A data type is needed and none is given.", {{"kindCase", "KIND_NOT_SET"}});
  }
  switch (message.kind_case()) {
    case Kind::kArray: {
      ARROW_RETURN_NOT_OK(CheckFields(message.array(), {"element_type", "contains_null"}));
      ARROW_ASSIGN_OR_RAISE(auto element, TypeFromMessage(message.array().element_type()));
      return ArrayOf(std::move(element), message.array().contains_null());
    }
    case Kind::kMap: {
      ARROW_RETURN_NOT_OK(
          CheckFields(message.map(), {"key_type", "value_type", "value_contains_null"}));
      ARROW_ASSIGN_OR_RAISE(auto key, TypeFromMessage(message.map().key_type()));
      ARROW_ASSIGN_OR_RAISE(auto value, TypeFromMessage(message.map().value_type()));
      return MapOf(std::move(key), std::move(value), message.map().value_contains_null());
    }
    case Kind::kStruct:
      return StructFromMessage(message.struct_());
    case Kind::kUdt: {
      const auto& udt = message.udt();
      ARROW_RETURN_NOT_OK(CheckFields(
          udt, {"type", "jvm_class", "python_class", "serialized_python_class", "sql_type"}));
      ARROW_ASSIGN_OR_RAISE(const auto stored, TypeFromMessage(udt.sql_type()));
      return DefineType(stored,
                        {udt.jvm_class(), udt.python_class(), udt.serialized_python_class()});
    }
    case Kind::kUnparsed:
      ARROW_RETURN_NOT_OK(CheckFields(message.unparsed(), {"data_type_string"}));
      return ParseDdlType(message.unparsed().data_type_string());
    case Kind::kString:
      ARROW_RETURN_NOT_OK(CheckFields(message.string(), {"collation"}));
      if (!message.string().collation().empty() && message.string().collation() != "UTF8_BINARY") {
        return UnsupportedType("STRING COLLATE " + message.string().collation());
      }
      return arrow::utf8();
    case Kind::kDecimal:
      ARROW_RETURN_NOT_OK(CheckFields(message.decimal(), {"scale", "precision"}));
      return DecimalOf(message.decimal());
    case Kind::kDayTimeInterval:
      ARROW_RETURN_NOT_OK(
          CheckInterval(message.day_time_interval(), kDay, kSecond, "INTERVAL DAY TO SECOND"));
      return arrow::duration(arrow::TimeUnit::MICRO);
    case Kind::kYearMonthInterval:
      ARROW_RETURN_NOT_OK(
          CheckInterval(message.year_month_interval(), kYear, kMonth, "INTERVAL YEAR TO MONTH"));
      return arrow::month_interval();
    default:
      break;
  }
  // The rest has no parts.
  ARROW_RETURN_NOT_OK(CheckFields(reflection->GetMessage(message, set), {}));
  switch (message.kind_case()) {
    case Kind::kNull:
      return arrow::null();
    case Kind::kBoolean:
      return arrow::boolean();
    case Kind::kByte:
      return arrow::int8();
    case Kind::kShort:
      return arrow::int16();
    case Kind::kInteger:
      return arrow::int32();
    case Kind::kLong:
      return arrow::int64();
    case Kind::kFloat:
      return arrow::float32();
    case Kind::kDouble:
      return arrow::float64();
    case Kind::kBinary:
      return arrow::binary();
    case Kind::kDate:
      return arrow::date32();
    case Kind::kTimestamp:
      return TimestampType();
    case Kind::kTimestampNtz:
      return TimestampNtzType();
    default:
      return UnsupportedType(set->name());
  }
}

Result<SchemaPtr> SchemaFromMessage(const messages::DataType& message) {
  ARROW_ASSIGN_OR_RAISE(auto type, TypeFromMessage(message));
  if (type->id() != arrow::Type::STRUCT) {
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.SCHEMA_NOT_STRUCT",
                     "A schema is a struct type; got " + SimpleString(*type) + ".");
  }
  return arrow::schema(type->fields());
}

namespace {

Result<messages::DataType> StoredTypeToMessage(const DataType& type) {
  messages::DataType message;
  switch (type.id()) {
    case arrow::Type::NA:
      message.mutable_null();
      break;
    case arrow::Type::BOOL:
      message.mutable_boolean();
      break;
    case arrow::Type::INT8:
      message.mutable_byte();
      break;
    case arrow::Type::INT16:
      message.mutable_short_();
      break;
    case arrow::Type::INT32:
      message.mutable_integer();
      break;
    case arrow::Type::INT64:
      message.mutable_long_();
      break;
    case arrow::Type::FLOAT:
      message.mutable_float_();
      break;
    case arrow::Type::DOUBLE:
      message.mutable_double_();
      break;
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      message.mutable_decimal()->set_precision(decimal.precision());
      message.mutable_decimal()->set_scale(decimal.scale());
      break;
    }
    case arrow::Type::STRING:
      message.mutable_string();
      break;
    case arrow::Type::BINARY:
      message.mutable_binary();
      break;
    case arrow::Type::DATE32:
      message.mutable_date();
      break;
    case arrow::Type::TIMESTAMP:
      if (IsTimestampNtz(type)) {
        message.mutable_timestamp_ntz();
      } else {
        message.mutable_timestamp();
      }
      break;
    case arrow::Type::DURATION:
      message.mutable_day_time_interval()->set_start_field(kDay);
      message.mutable_day_time_interval()->set_end_field(kSecond);
      break;
    case arrow::Type::INTERVAL_MONTHS:
      message.mutable_year_month_interval()->set_start_field(kYear);
      message.mutable_year_month_interval()->set_end_field(kMonth);
      break;
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListType&>(type);
      ARROW_ASSIGN_OR_RAISE(*message.mutable_array()->mutable_element_type(),
                            TypeToMessage(*list.value_type()));
      message.mutable_array()->set_contains_null(list.value_field()->nullable());
      break;
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      ARROW_ASSIGN_OR_RAISE(*message.mutable_map()->mutable_key_type(),
                            TypeToMessage(*map.key_type()));
      ARROW_ASSIGN_OR_RAISE(*message.mutable_map()->mutable_value_type(),
                            TypeToMessage(*map.item_type()));
      message.mutable_map()->set_value_contains_null(map.item_field()->nullable());
      break;
    }
    case arrow::Type::STRUCT:
      ARROW_RETURN_NOT_OK(SetFields(type.fields(), message.mutable_struct_()));
      break;
    default:
      return UnsupportedType(type.ToString());
  }
  return message;
}

}  // namespace

Result<messages::DataType> TypeToMessage(const DataType& type) {
  if (!IsDefined(type)) return StoredTypeToMessage(type);
  const TypeDefinition definition = DefinitionOf(type);
  messages::DataType message;
  auto* udt = message.mutable_udt();
  udt->set_type("udt");
  if (!definition.jvm_class.empty()) udt->set_jvm_class(definition.jvm_class);
  if (!definition.python_class.empty()) udt->set_python_class(definition.python_class);
  if (!definition.serialized_python_class.empty()) {
    udt->set_serialized_python_class(definition.serialized_python_class);
  }
  ARROW_ASSIGN_OR_RAISE(*udt->mutable_sql_type(), StoredTypeToMessage(type));
  return message;
}

Result<messages::DataType> SchemaToMessage(const arrow::Schema& schema) {
  messages::DataType message;
  ARROW_RETURN_NOT_OK(SetFields(schema.fields(), message.mutable_struct_()));
  return message;
}

}  // namespace headrace
