#include "connectors/file/orc/orc_types.h"

#include <arrow/util/key_value_metadata.h>

namespace headrace {

namespace {

// Spark's name of a type, as an attribute of the column.
constexpr char kCatalystType[] = "spark.sql.catalyst.type";

bool NeedsAttribute(const DataType& type) {
  return type.id() == arrow::Type::DURATION || type.id() == arrow::Type::INTERVAL_MONTHS ||
         IsTimestampNtz(type);
}

Result<DataTypePtr> SparkTypeOf(const arrow::Field& field) {
  const DataTypePtr& type = field.type();
  if (field.metadata() && field.metadata()->Contains(kCatalystType)) {
    ARROW_ASSIGN_OR_RAISE(const auto text, field.metadata()->Get(kCatalystType));
    const auto known = ParseDdlType(text);
    if (known.ok() && type->num_fields() == 0) return *known;
  }
  switch (type->id()) {
    case arrow::Type::TIMESTAMP:
      return TimestampType();
    case arrow::Type::DECIMAL128: {
      // Old files have decimals of any precision.
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type);
      return decimal.precision() == 0 ? arrow::decimal128(38, decimal.scale()) : type;
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& child : type->fields()) {
        ARROW_ASSIGN_OR_RAISE(auto made, SparkFieldOfOrc(*child));
        fields.push_back(std::move(made));
      }
      return arrow::struct_(std::move(fields));
    }
    case arrow::Type::LIST: {
      ARROW_ASSIGN_OR_RAISE(auto element, SparkTypeOf(*type->field(0)));
      return ArrayOf(std::move(element));
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      ARROW_ASSIGN_OR_RAISE(auto key, SparkTypeOf(*map.key_field()));
      ARROW_ASSIGN_OR_RAISE(auto value, SparkTypeOf(*map.item_field()));
      return MapOf(std::move(key), std::move(value));
    }
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::DATE32:
      return type;
    default:
      return NotSupported(
          "the ORC type " + type->ToString() + " of the column " + QuoteIdentifier(field.name()),
          "Give a schema without that column.");
  }
}

DataTypePtr OrcTypeOf(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::TIMESTAMP:
      // As Spark keeps them: an ORC timestamp, and the microseconds as a number.
      return IsTimestampNtz(*type) ? arrow::int64() : arrow::timestamp(arrow::TimeUnit::MICRO);
    case arrow::Type::DURATION:
      return arrow::int64();
    case arrow::Type::INTERVAL_MONTHS:
      return arrow::int32();
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& child : type->fields()) fields.push_back(OrcFieldOf(*child));
      return arrow::struct_(std::move(fields));
    }
    case arrow::Type::LIST:
      return arrow::list(OrcFieldOf(*type->field(0)));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(OrcFieldOf(*map.key_field()),
                                              OrcFieldOf(*map.item_field()));
    }
    default:
      return type;
  }
}

}  // namespace

Result<FieldPtr> SparkFieldOfOrc(const arrow::Field& field) {
  ARROW_ASSIGN_OR_RAISE(auto type, SparkTypeOf(field));
  return arrow::field(field.name(), std::move(type));
}

FieldPtr OrcFieldOf(const arrow::Field& field) {
  std::shared_ptr<const arrow::KeyValueMetadata> metadata;
  if (NeedsAttribute(*field.type())) {
    metadata = arrow::key_value_metadata({kCatalystType}, {SimpleString(*field.type())});
  }
  return arrow::field(field.name(), OrcTypeOf(field.type()), field.nullable(), metadata);
}

}  // namespace headrace
