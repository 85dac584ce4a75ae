// Names of types: for messages, SQL and printSchema.
#include <string>

#include <arrow/util/key_value_metadata.h>
#include <nlohmann/json.hpp>

#include "types/control_characters.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

std::string DecimalName(const DataType& type, const char* word) {
  const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
  return std::string(word) + "(" + std::to_string(decimal.precision()) + "," +
         std::to_string(decimal.scale()) + ")";
}

// " NOT NULL COMMENT 'text'", as far as a field has them.
std::string FieldSuffix(const arrow::Field& field) {
  std::string suffix = field.nullable() ? "" : " NOT NULL";
  const int position =
      field.metadata() == nullptr ? -1 : field.metadata()->FindKey("spark_metadata");
  if (position < 0) return suffix;
  const auto metadata = nlohmann::json::parse(field.metadata()->value(position), nullptr, false);
  const auto comment = metadata.find("comment");
  if (!metadata.is_object() || comment == metadata.end() || !comment->is_string()) return suffix;
  suffix += " COMMENT '";
  for (char c : comment->get<std::string>()) {
    if (c == '\'' || c == '\\') suffix += '\\';
    suffix += c;
  }
  return suffix + "'";
}

const char* Truth(bool value) { return value ? "true" : "false"; }

void AppendTree(const DataType& type, const std::string& prefix, int depth, std::string* out);

void AppendField(const arrow::Field& field, const std::string& prefix, int depth,
                 std::string* out) {
  if (depth <= 0) return;
  *out += prefix + "-- " + EscapeControlCharacters(field.name()) + ": " + TreeName(*field.type()) +
          " (nullable = " + Truth(field.nullable()) + ")\n";
  AppendTree(*field.type(), prefix + "    |", depth - 1, out);
}

// The lines below a field or element of `type`; nothing for atomic types.
void AppendTree(const DataType& type, const std::string& prefix, int depth, std::string* out) {
  if (depth <= 0) return;
  switch (type.id()) {
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListType&>(type);
      *out += prefix + "-- element: " + TreeName(*list.value_type()) +
              " (containsNull = " + Truth(list.value_field()->nullable()) + ")\n";
      AppendTree(*list.value_type(), prefix + "    |", depth - 1, out);
      break;
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      *out += prefix + "-- key: " + TreeName(*map.key_type()) + "\n";
      AppendTree(*map.key_type(), prefix + "    |", depth - 1, out);
      *out += prefix + "-- value: " + TreeName(*map.item_type()) +
              " (valueContainsNull = " + Truth(map.item_field()->nullable()) + ")\n";
      AppendTree(*map.item_type(), prefix + "    |", depth - 1, out);
      break;
    }
    case arrow::Type::STRUCT:
      for (const FieldPtr& field : type.fields()) AppendField(*field, prefix, depth, out);
      break;
    default:
      break;
  }
}

}  // namespace

std::string SimpleString(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return "void";
    case arrow::Type::BOOL:
      return "boolean";
    case arrow::Type::INT8:
      return "tinyint";
    case arrow::Type::INT16:
      return "smallint";
    case arrow::Type::INT32:
      return "int";
    case arrow::Type::INT64:
      return "bigint";
    case arrow::Type::FLOAT:
      return "float";
    case arrow::Type::DOUBLE:
      return "double";
    case arrow::Type::STRING:
      return "string";
    case arrow::Type::BINARY:
      return "binary";
    case arrow::Type::DATE32:
      return "date";
    case arrow::Type::TIMESTAMP:
      return IsTimestampNtz(type) ? "timestamp_ntz" : "timestamp";
    case arrow::Type::DURATION:
      return "interval day to second";
    case arrow::Type::INTERVAL_MONTHS:
      return "interval year to month";
    case arrow::Type::DECIMAL128:
      return DecimalName(type, "decimal");
    case arrow::Type::LIST:
      return "array<" + SimpleString(*static_cast<const arrow::ListType&>(type).value_type()) + ">";
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return "map<" + SimpleString(*map.key_type()) + "," + SimpleString(*map.item_type()) + ">";
    }
    case arrow::Type::STRUCT: {
      std::string text = "struct<";
      for (int i = 0; i < type.num_fields(); ++i) {
        if (i > 0) text += ",";
        text += type.field(i)->name() + ":" + SimpleString(*type.field(i)->type());
      }
      return text + ">";
    }
    default:
      return type.ToString();
  }
}

std::string SqlName(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::LIST:
      return "ARRAY<" + SqlName(*static_cast<const arrow::ListType&>(type).value_type()) + ">";
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return "MAP<" + SqlName(*map.key_type()) + ", " + SqlName(*map.item_type()) + ">";
    }
    case arrow::Type::STRUCT: {
      std::string text = "STRUCT<";
      for (int i = 0; i < type.num_fields(); ++i) {
        const arrow::Field& field = *type.field(i);
        if (i > 0) text += ", ";
        text += QuoteIdentifier(field.name()) + ": " + SqlName(*field.type());
        text += FieldSuffix(field);
      }
      return text + ">";
    }
    default: {
      std::string text = SimpleString(type);
      for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      }
      return text;
    }
  }
}

std::string TreeName(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return "byte";
    case arrow::Type::INT16:
      return "short";
    case arrow::Type::INT32:
      return "integer";
    case arrow::Type::INT64:
      return "long";
    case arrow::Type::LIST:
      return "array";
    case arrow::Type::MAP:
      return "map";
    case arrow::Type::STRUCT:
      return "struct";
    default:
      return SimpleString(type);
  }
}

std::string TreeString(const arrow::Schema& schema, int level) {
  const int depth = level > 0 ? level : 1 << 20;
  std::string out = "root\n";
  for (const FieldPtr& field : schema.fields()) AppendField(*field, " |", depth, &out);
  return out;
}

std::string SchemaToDdl(const arrow::Schema& schema) {
  std::string ddl;
  for (const FieldPtr& field : schema.fields()) {
    if (!ddl.empty()) ddl += ",";
    ddl += QuoteIdentifier(field->name()) + " " + SqlName(*field->type());
    ddl += FieldSuffix(*field);
  }
  return ddl;
}

}  // namespace headrace
