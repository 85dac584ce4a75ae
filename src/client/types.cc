#include "headrace/types.h"

#include <nlohmann/json.hpp>

namespace headrace::inline v1 {
namespace {

using Kind = DataType::Kind;

constexpr const char* kDayTimeFields[] = {"day", "hour", "minute", "second"};
constexpr const char* kYearMonthFields[] = {"year", "month"};

std::string IntervalName(const char* const* names, int32_t first, int32_t last) {
  std::string name = std::string("interval ") + names[first];
  return first == last ? name : name + " to " + names[last];
}

// Atomic types have two names: SQL's and the JSON schema's.
struct Names {
  std::string sql;
  std::string json;
};

Names NamesOf(const DataType::Definition& type) {
  switch (type.kind) {
    case Kind::kNull:
      return {"void", "void"};
    case Kind::kBoolean:
      return {"boolean", "boolean"};
    case Kind::kByte:
      return {"tinyint", "byte"};
    case Kind::kShort:
      return {"smallint", "short"};
    case Kind::kInteger:
      return {"int", "integer"};
    case Kind::kLong:
      return {"bigint", "long"};
    case Kind::kFloat:
      return {"float", "float"};
    case Kind::kDouble:
      return {"double", "double"};
    case Kind::kDecimal: {
      std::string name =
          "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
      return {name, name};
    }
    case Kind::kString:
      return {"string", "string"};
    case Kind::kChar: {
      std::string name = "char(" + std::to_string(type.precision) + ")";
      return {name, name};
    }
    case Kind::kVarchar: {
      std::string name = "varchar(" + std::to_string(type.precision) + ")";
      return {name, name};
    }
    case Kind::kBinary:
      return {"binary", "binary"};
    case Kind::kDate:
      return {"date", "date"};
    case Kind::kTimestamp:
      return {"timestamp", "timestamp"};
    case Kind::kTimestampNtz:
      return {"timestamp_ntz", "timestamp_ntz"};
    case Kind::kDayTimeInterval: {
      std::string name = IntervalName(kDayTimeFields, type.precision, type.scale);
      return {name, name};
    }
    case Kind::kYearMonthInterval: {
      std::string name = IntervalName(kYearMonthFields, type.precision, type.scale);
      return {name, name};
    }
    case Kind::kCalendarInterval:
      return {"interval", "interval"};
    case Kind::kVariant:
      return {"variant", "variant"};
    case Kind::kOther:
      return {type.name, type.name};
    case Kind::kArray:
    case Kind::kMap:
    case Kind::kStruct:
      break;
  }
  return {};
}

nlohmann::ordered_json ToJson(const DataType& type) {
  switch (type.kind()) {
    case Kind::kArray:
      return {{"type", "array"},
              {"elementType", ToJson(type.elementType())},
              {"containsNull", type.containsNull()}};
    case Kind::kMap:
      return {{"type", "map"},
              {"keyType", ToJson(type.keyType())},
              {"valueType", ToJson(type.valueType())},
              {"valueContainsNull", type.containsNull()}};
    case Kind::kStruct: {
      auto fields = nlohmann::ordered_json::array();
      for (const StructField& field : type.fields()) {
        auto metadata = nlohmann::ordered_json::parse(field.metadata, nullptr, false);
        if (!metadata.is_object()) metadata = nlohmann::ordered_json::object();
        fields.push_back({{"name", field.name},
                          {"type", ToJson(field.dataType)},
                          {"nullable", field.nullable},
                          {"metadata", metadata}});
      }
      return {{"type", "struct"}, {"fields", fields}};
    }
    default:
      return type.json();
  }
}

std::shared_ptr<DataType::Definition> Define(Kind kind) {
  auto definition = std::make_shared<DataType::Definition>();
  definition->kind = kind;
  return definition;
}

std::shared_ptr<DataType::Definition> Define(Kind kind, int32_t precision, int32_t scale) {
  auto definition = Define(kind);
  definition->precision = precision;
  definition->scale = scale;
  return definition;
}

std::shared_ptr<DataType::Definition> Define(Kind kind, std::vector<DataType> children,
                                             bool contains_null) {
  auto definition = Define(kind);
  definition->children = std::move(children);
  definition->contains_null = contains_null;
  return definition;
}

}  // namespace

DataType::DataType(Kind kind) : definition_(Define(kind)) {}

Kind DataType::kind() const { return definition_->kind; }
int32_t DataType::precision() const { return definition_->precision; }
int32_t DataType::scale() const { return definition_->scale; }
int32_t DataType::length() const { return definition_->precision; }
const DataType& DataType::elementType() const { return definition_->children.at(0); }
const DataType& DataType::keyType() const { return definition_->children.at(0); }
const DataType& DataType::valueType() const { return definition_->children.at(1); }
bool DataType::containsNull() const { return definition_->contains_null; }
const std::vector<StructField>& DataType::fields() const { return definition_->fields; }

std::string DataType::simpleString() const {
  switch (kind()) {
    case Kind::kArray:
      return "array<" + elementType().simpleString() + ">";
    case Kind::kMap:
      return "map<" + keyType().simpleString() + "," + valueType().simpleString() + ">";
    case Kind::kStruct: {
      std::string text = "struct<";
      for (const StructField& field : fields()) {
        if (text.back() != '<') text += ",";
        text += field.name + ":" + field.dataType.simpleString();
      }
      return text + ">";
    }
    default:
      return NamesOf(*definition_).sql;
  }
}

std::string DataType::json() const {
  switch (kind()) {
    case Kind::kArray:
    case Kind::kMap:
    case Kind::kStruct:
      return ToJson(*this).dump();
    default:
      return NamesOf(*definition_).json;
  }
}

bool DataType::operator==(const DataType& other) const {
  const Definition& left = *definition_;
  const Definition& right = *other.definition_;
  if (&left == &right) return true;
  if (left.kind != right.kind || left.precision != right.precision || left.scale != right.scale ||
      left.contains_null != right.contains_null || left.name != right.name ||
      left.children != right.children || left.fields.size() != right.fields.size()) {
    return false;
  }
  for (size_t i = 0; i < left.fields.size(); ++i) {
    const StructField& a = left.fields[i];
    const StructField& b = right.fields[i];
    if (a.name != b.name || a.nullable != b.nullable || !(a.dataType == b.dataType)) return false;
  }
  return true;
}

DecimalType::DecimalType(int32_t precision, int32_t scale)
    : DataType(Define(Kind::kDecimal, precision, scale)) {}
DayTimeIntervalType::DayTimeIntervalType() : DataType(Define(Kind::kDayTimeInterval, 0, 3)) {}
YearMonthIntervalType::YearMonthIntervalType() : DataType(Define(Kind::kYearMonthInterval, 0, 1)) {}
ArrayType::ArrayType(const DataType& element, bool containsNull)
    : DataType(Define(Kind::kArray, {element}, containsNull)) {}
MapType::MapType(const DataType& key, const DataType& value, bool valueContainsNull)
    : DataType(Define(Kind::kMap, {key, value}, valueContainsNull)) {}

StructType::StructType(std::vector<StructField> fields) : DataType(Kind::kStruct) {
  auto definition = Define(Kind::kStruct);
  definition->fields = std::move(fields);
  definition_ = std::move(definition);
}

StructType& StructType::add(const std::string& name, const DataType& type, bool nullable) {
  // A copy: others may hold this definition.
  auto definition = std::make_shared<Definition>(*definition_);
  definition->fields.push_back({.name = name, .dataType = type, .nullable = nullable});
  definition_ = std::move(definition);
  return *this;
}

std::vector<std::string> StructType::fieldNames() const {
  std::vector<std::string> names;
  for (const StructField& field : fields()) names.push_back(field.name);
  return names;
}

}  // namespace headrace::inline v1
