#include "types/spark_type.h"

#include <algorithm>
#include <cctype>

#include <arrow/type_traits.h>

#include "types/user_defined_type.h"

namespace headrace {

namespace {

char LowerCharacter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

FieldPtr NullableField(const FieldPtr& field) {
  return field->WithType(AsNullable(field->type()))->WithNullable(true);
}

}  // namespace

DataTypePtr TimestampType() {
  static const DataTypePtr type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  return type;
}

DataTypePtr TimestampNtzType() {
  static const DataTypePtr type = arrow::timestamp(arrow::TimeUnit::MICRO);
  return type;
}

bool IsTimestampLtz(const DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP &&
         !static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

bool IsTimestampNtz(const DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP &&
         static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

bool IsIntegral(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
      return true;
    default:
      return false;
  }
}

bool IsNumeric(const DataType& type) {
  return IsIntegral(type) || type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE ||
         type.id() == arrow::Type::DECIMAL128;
}

bool IsString(const DataType& type) { return type.id() == arrow::Type::STRING; }

DataTypePtr ArrayOf(DataTypePtr element, bool contains_null) {
  return arrow::list(arrow::field("element", std::move(element), contains_null));
}

DataTypePtr MapOf(DataTypePtr key, DataTypePtr value, bool value_contains_null) {
  return arrow::map(std::move(key), arrow::field("value", std::move(value), value_contains_null));
}

DataTypePtr AsNullable(const DataTypePtr& type) {
  if (IsDefined(*type)) return type;
  switch (type->id()) {
    case arrow::Type::LIST:
      return ArrayOf(AsNullable(static_cast<const arrow::ListType&>(*type).value_type()));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return MapOf(AsNullable(map.key_type()), AsNullable(map.item_type()));
    }
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const FieldPtr& field : type->fields()) fields.push_back(NullableField(field));
      return arrow::struct_(std::move(fields));
    }
    default:
      return type;
  }
}

SchemaPtr AsNullable(const SchemaPtr& schema) {
  arrow::FieldVector fields;
  for (const FieldPtr& field : schema->fields()) fields.push_back(NullableField(field));
  return arrow::schema(std::move(fields), schema->metadata());
}

bool SameType(const DataType& left, const DataType& right) {
  if (left.id() != right.id()) return false;
  switch (left.id()) {
    case arrow::Type::LIST:
      return SameType(*static_cast<const arrow::ListType&>(left).value_type(),
                      *static_cast<const arrow::ListType&>(right).value_type());
    case arrow::Type::MAP: {
      const auto& left_map = static_cast<const arrow::MapType&>(left);
      const auto& right_map = static_cast<const arrow::MapType&>(right);
      return SameType(*left_map.key_type(), *right_map.key_type()) &&
             SameType(*left_map.item_type(), *right_map.item_type());
    }
    case arrow::Type::STRUCT:
      if (left.num_fields() != right.num_fields()) return false;
      for (int i = 0; i < left.num_fields(); ++i) {
        if (left.field(i)->name() != right.field(i)->name()) return false;
        if (!SameType(*left.field(i)->type(), *right.field(i)->type())) return false;
      }
      return true;
    default:
      return left.Equals(right);
  }
}

int FindField(const arrow::Schema& schema, const std::string& name, bool case_sensitive) {
  for (int i = 0; i < schema.num_fields(); ++i) {
    const std::string& candidate = schema.field(i)->name();
    if (case_sensitive ? candidate == name : EqualsIgnoreCase(candidate, name)) return i;
  }
  return -1;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return LowerCharacter(x) == LowerCharacter(y);
         });
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), LowerCharacter);
  return lower;
}

std::string QuoteIdentifier(std::string_view name) {
  const bool plain = !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_';
                     });
  if (plain) return std::string(name);
  std::string quoted = "`";
  for (char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  quoted += '`';
  return quoted;
}

}  // namespace headrace
