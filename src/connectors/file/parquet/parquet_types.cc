#include "connectors/file/parquet/parquet_types.h"

namespace headrace {

namespace {

bool IsInt96(const parquet::SchemaDescriptor& descriptor,
             const parquet::arrow::SchemaField& field) {
  return field.is_leaf() &&
         descriptor.Column(field.column_index)->physical_type() == parquet::Type::INT96;
}

bool IsEnumOrJson(const parquet::SchemaDescriptor& descriptor,
                  const parquet::arrow::SchemaField& field) {
  if (!field.is_leaf()) return false;
  const auto logical = descriptor.Column(field.column_index)->logical_type();
  return logical && (logical->is_enum() || logical->is_JSON());
}

}  // namespace

Result<DataTypePtr> SparkTypeOfParquet(const parquet::SchemaDescriptor& descriptor,
                                       const parquet::arrow::SchemaField& field) {
  if (IsEnumOrJson(descriptor, field)) return arrow::utf8();
  const DataTypePtr& type = field.field->type();
  switch (type->id()) {
    case arrow::Type::NA:
    case arrow::Type::BOOL:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::DATE32:
      return type;
    case arrow::Type::UINT8:
      return arrow::int16();
    case arrow::Type::UINT16:
      return arrow::int32();
    case arrow::Type::UINT32:
      return arrow::int64();
    case arrow::Type::UINT64:
      return arrow::decimal128(20, 0);
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return arrow::binary();
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return arrow::utf8();
    case arrow::Type::DURATION:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case arrow::Type::DICTIONARY: {
      parquet::arrow::SchemaField value = field;
      value.field =
          field.field->WithType(static_cast<const arrow::DictionaryType&>(*type).value_type());
      return SparkTypeOfParquet(descriptor, value);
    }
    case arrow::Type::TIMESTAMP: {
      const bool instant = IsInt96(descriptor, field) ||
                           !static_cast<const arrow::TimestampType&>(*type).timezone().empty();
      return instant ? TimestampType() : TimestampNtzType();
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& child : field.children) {
        ARROW_ASSIGN_OR_RAISE(auto child_type, SparkTypeOfParquet(descriptor, child));
        fields.push_back(arrow::field(child.field->name(), std::move(child_type)));
      }
      return arrow::struct_(std::move(fields));
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      ARROW_ASSIGN_OR_RAISE(auto element, SparkTypeOfParquet(descriptor, field.children[0]));
      return ArrayOf(std::move(element));
    }
    case arrow::Type::MAP: {
      const auto& entries = field.children[0];
      ARROW_ASSIGN_OR_RAISE(auto key, SparkTypeOfParquet(descriptor, entries.children[0]));
      ARROW_ASSIGN_OR_RAISE(auto value, SparkTypeOfParquet(descriptor, entries.children[1]));
      return MapOf(std::move(key), std::move(value));
    }
    default:
      return NotSupported("the Parquet type " + type->ToString() + " of the column " +
                              QuoteIdentifier(field.field->name()),
                          "Give a schema without that column.");
  }
}

}  // namespace headrace
