// Types as JSON, in the form of Spark's StructType.json.
#include <charconv>

#include <arrow/util/key_value_metadata.h>
#include <nlohmann/json.hpp>

#include "types/spark_type.h"
#include "types/type_names.h"
#include "types/user_defined_type.h"

namespace headrace {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kMetadataKey[] = "spark_metadata";

std::string Quote(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void AppendType(const DataType& type, std::string* out);

void AppendFields(const arrow::FieldVector& fields, std::string* out) {
  *out += R"({"type":"struct","fields":[)";
  for (size_t i = 0; i < fields.size(); ++i) {
    const arrow::Field& field = *fields[i];
    if (i > 0) *out += ",";
    *out += R"({"name":)" + Quote(field.name()) + R"(,"type":)";
    AppendType(*field.type(), out);
    *out += R"(,"nullable":)";
    *out += field.nullable() ? "true" : "false";
    std::string metadata = "{}";
    if (field.metadata() != nullptr) {
      const int position = field.metadata()->FindKey(kMetadataKey);
      if (position >= 0) metadata = field.metadata()->value(position);
    }
    *out += R"(,"metadata":)" + metadata + "}";
  }
  *out += "]}";
}

void AppendStoredType(const DataType& type, std::string* out) {
  switch (type.id()) {
    case arrow::Type::STRUCT:
      AppendFields(type.fields(), out);
      break;
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListType&>(type);
      *out += R"({"type":"array","elementType":)";
      AppendType(*list.value_type(), out);
      *out += R"(,"containsNull":)";
      *out += list.value_field()->nullable() ? "true}" : "false}";
      break;
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      *out += R"({"type":"map","keyType":)";
      AppendType(*map.key_type(), out);
      *out += R"(,"valueType":)";
      AppendType(*map.item_type(), out);
      *out += R"(,"valueContainsNull":)";
      *out += map.item_field()->nullable() ? "true}" : "false}";
      break;
    }
    default:
      *out += "\"" + TreeName(type) + "\"";
  }
}

void AppendType(const DataType& type, std::string* out) {
  if (!IsDefined(type)) return AppendStoredType(type, out);
  const TypeDefinition definition = DefinitionOf(type);
  *out += R"({"type":"udt")";
  const auto member = [out](const char* name, const std::string& text) {
    if (!text.empty()) *out += ",\"" + std::string(name) + "\":" + Quote(text);
  };
  member("class", definition.jvm_class);
  member("pyClass", definition.python_class);
  member("serializedClass", definition.serialized_python_class);
  *out += R"(,"sqlType":)";
  AppendStoredType(type, out);
  *out += "}";
}

Status InvalidJsonType(const std::string& text) {
  return IllegalArgument("INVALID_JSON_DATA_TYPE",
                         "The JSON text does not describe a data type: " + text +
                             ". Give what StructType.json() or DataType.json() prints.",
                         {{"invalidType", text}});
}

bool BooleanMember(const Json& json, const char* name, bool fallback) {
  const auto found = json.find(name);
  return found != json.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

std::string TextMember(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<DataTypePtr> TypeFromJson(const Json& json);

Result<DataTypePtr> MemberType(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return InvalidJsonType(json.dump());
  return TypeFromJson(*found);
}

Result<FieldPtr> FieldFromJson(const Json& json) {
  if (!json.is_object()) return InvalidJsonType(json.dump());
  const auto name = json.find("name");
  if (name == json.end() || !name->is_string()) return InvalidJsonType(json.dump());
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, MemberType(json, "type"));
  FieldPtr field = arrow::field(name->get<std::string>(), std::move(type),
                                BooleanMember(json, "nullable", true));
  const auto metadata = json.find("metadata");
  if (metadata != json.end() && metadata->is_object() && !metadata->empty()) {
    field = field->WithMetadata(arrow::key_value_metadata({kMetadataKey}, {metadata->dump()}));
  }
  return field;
}

Result<DataTypePtr> TypeFromJson(const Json& json) {
  if (json.is_string()) return TypeFromName(json.get<std::string>(), TypeNameForm::kJson);
  if (!json.is_object()) return InvalidJsonType(json.dump());
  const auto kind = json.find("type");
  if (kind == json.end() || !kind->is_string()) return InvalidJsonType(json.dump());
  const std::string& word = kind->get_ref<const std::string&>();
  if (word == "struct") {
    const auto members = json.find("fields");
    if (members == json.end() || !members->is_array()) return InvalidJsonType(json.dump());
    arrow::FieldVector fields;
    for (const Json& member : *members) {
      ARROW_ASSIGN_OR_RAISE(FieldPtr field, FieldFromJson(member));
      fields.push_back(std::move(field));
    }
    return arrow::struct_(std::move(fields));
  }
  if (word == "array") {
    ARROW_ASSIGN_OR_RAISE(DataTypePtr element, MemberType(json, "elementType"));
    return ArrayOf(std::move(element), BooleanMember(json, "containsNull", true));
  }
  if (word == "map") {
    ARROW_ASSIGN_OR_RAISE(DataTypePtr key, MemberType(json, "keyType"));
    ARROW_ASSIGN_OR_RAISE(DataTypePtr value, MemberType(json, "valueType"));
    return MapOf(std::move(key), std::move(value), BooleanMember(json, "valueContainsNull", true));
  }
  if (word == "udt") {
    ARROW_ASSIGN_OR_RAISE(const DataTypePtr stored, MemberType(json, "sqlType"));
    return DefineType(stored, {TextMember(json, "class"), TextMember(json, "pyClass"),
                               TextMember(json, "serializedClass")});
  }
  return InvalidJsonType(json.dump());
}

}  // namespace

std::string TypeToJson(const DataType& type) {
  std::string out;
  AppendType(type, &out);
  return out;
}

std::string SchemaToJson(const arrow::Schema& schema) {
  std::string out;
  AppendFields(schema.fields(), &out);
  return out;
}

Result<DataTypePtr> ParseJsonType(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidJsonType(text);
  return TypeFromJson(json);
}

}  // namespace headrace
