#include "functions/avro/avro_schema.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

namespace headrace {

namespace {

using Json = nlohmann::json;

constexpr const char* kKindNames[] = {"null",   "boolean", "int",    "long",   "float",
                                      "double", "bytes",   "string", "record", "enum",
                                      "array",  "map",     "union",  "fixed"};
constexpr int kDeepestSchema = 200;

std::optional<AvroKind> PrimitiveOf(const std::string& name) {
  for (size_t i = 0; i <= static_cast<size_t>(AvroKind::kString); ++i) {
    if (name == kKindNames[i]) return static_cast<AvroKind>(i);
  }
  return std::nullopt;
}

bool IsAvroName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c >= 0x80;
  });
}

Status BadSchema(const std::string& what) {
  return MakeError(ErrorKind::kSpark, "",
                   "The Avro schema cannot be used: " + what + ". Correct the schema.");
}

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int32_t NumberOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int32_t>() : 0;
}

}  // namespace

std::string AvroKindName(AvroKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

bool AvroType::IsNullable() const {
  if (kind == AvroKind::kNull) return true;
  return kind == AvroKind::kUnion &&
         std::any_of(children.begin(), children.end(),
                     [](const AvroType* child) { return child->kind == AvroKind::kNull; });
}

class AvroSchemaParser {
 public:
  explicit AvroSchemaParser(AvroSchema* schema) : schema_(schema) {}

  Result<const AvroType*> Parse(const Json& json, const std::string& enclosing, int depth) {
    if (depth > kDeepestSchema) return BadSchema("it is nested too deeply");
    if (json.is_string()) return Named(json.get<std::string>(), enclosing);
    if (json.is_array()) return Union(json, enclosing, depth);
    if (!json.is_object() || !json.contains("type")) {
      return BadSchema("'" + json.dump().substr(0, 200) + "' is no type");
    }
    const Json& type = json["type"];
    if (!type.is_string()) return Parse(type, enclosing, depth + 1);
    const std::string name = type.get<std::string>();
    if (const auto primitive = PrimitiveOf(name)) {
      AvroType* node = New(*primitive);
      ARROW_RETURN_NOT_OK(AddLogicalType(json, node));
      return node;
    }
    if (name == "array" || name == "map") return Container(json, name, enclosing, depth);
    if (name == "record" || name == "error" || name == "enum" || name == "fixed") {
      return Definition(json, name, enclosing, depth);
    }
    return Named(name, enclosing);
  }

 private:
  AvroType* New(AvroKind kind) {
    schema_->types_.emplace_back();
    schema_->types_.back().kind = kind;
    return &schema_->types_.back();
  }

  Result<const AvroType*> Named(const std::string& name, const std::string& enclosing) {
    if (const auto primitive = PrimitiveOf(name)) {
      auto& known = primitives_[static_cast<size_t>(*primitive)];
      if (known == nullptr) known = New(*primitive);
      return known;
    }
    for (const std::string& full : {FullName(name, enclosing), name}) {
      const auto found = named_.find(full);
      if (found != named_.end()) return found->second;
    }
    return BadSchema("there is no type named '" + name + "'");
  }

  static std::string FullName(const std::string& name, const std::string& space) {
    return name.find('.') != std::string::npos || space.empty() ? name : space + "." + name;
  }

  Result<const AvroType*> Union(const Json& json, const std::string& enclosing, int depth) {
    AvroType* node = New(AvroKind::kUnion);
    for (const Json& branch : json) {
      ARROW_ASSIGN_OR_RAISE(const AvroType* child, Parse(branch, enclosing, depth + 1));
      if (child->kind == AvroKind::kUnion) return BadSchema("a union holds a union");
      for (const AvroType* other : node->children) {
        if (other->kind == child->kind && other->name == child->name) {
          return BadSchema("a union holds the type " + AvroKindName(child->kind) + " twice");
        }
      }
      node->children.push_back(child);
    }
    return node;
  }

  Result<const AvroType*> Container(const Json& json, const std::string& name,
                                    const std::string& enclosing, int depth) {
    const bool array = name == "array";
    const char* key = array ? "items" : "values";
    if (!json.contains(key)) return BadSchema("a type " + name + " has no '" + key + "'");
    AvroType* node = New(array ? AvroKind::kArray : AvroKind::kMap);
    ARROW_ASSIGN_OR_RAISE(const AvroType* child, Parse(json[key], enclosing, depth + 1));
    node->children.push_back(child);
    return node;
  }

  Result<const AvroType*> Definition(const Json& json, const std::string& kind,
                                     const std::string& enclosing, int depth) {
    const std::string given = TextOf(json, "name");
    const std::string space = json.contains("namespace") ? TextOf(json, "namespace") : enclosing;
    const std::string full = FullName(given, space);
    const size_t dot = full.rfind('.');
    const std::string inner = dot == std::string::npos ? "" : full.substr(0, dot);
    if (!IsAvroName(full.substr(dot == std::string::npos ? 0 : dot + 1))) {
      return BadSchema("'" + given + "' is no name of a type");
    }
    AvroType* node = New(kind == "enum"    ? AvroKind::kEnum
                         : kind == "fixed" ? AvroKind::kFixed
                                           : AvroKind::kRecord);
    node->name = full;
    // Before the fields, which may refer to it.
    if (!named_.emplace(full, node).second) {
      return BadSchema("the type '" + full + "' is defined twice");
    }
    if (const auto aliases = json.find("aliases"); aliases != json.end() && aliases->is_array()) {
      for (const Json& alias : *aliases) {
        if (alias.is_string()) node->aliases.push_back(FullName(alias.get<std::string>(), inner));
      }
    }
    if (node->kind == AvroKind::kFixed) {
      node->size = NumberOf(json, "size");
      if (!json.contains("size") || node->size < 0) {
        return BadSchema("the fixed type '" + full + "' has no size");
      }
      ARROW_RETURN_NOT_OK(AddLogicalType(json, node));
      return node;
    }
    if (node->kind == AvroKind::kEnum) {
      const auto symbols = json.find("symbols");
      if (symbols == json.end() || !symbols->is_array()) {
        return BadSchema("the enum '" + full + "' has no symbols");
      }
      for (const Json& symbol : *symbols) {
        if (!symbol.is_string()) return BadSchema("a symbol of '" + full + "' is no string");
        node->symbols.push_back(symbol.get<std::string>());
      }
      node->default_symbol = TextOf(json, "default");
      return node;
    }
    ARROW_RETURN_NOT_OK(AddFields(json, inner, depth, node));
    return node;
  }

  Status AddFields(const Json& json, const std::string& space, int depth, AvroType* node) {
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) {
      return BadSchema("the record '" + node->name + "' has no fields");
    }
    for (const Json& json_field : *fields) {
      AvroField field;
      field.name = json_field.is_object() ? TextOf(json_field, "name") : "";
      if (!IsAvroName(field.name) || !json_field.contains("type")) {
        return BadSchema("a field of the record '" + node->name + "' has no proper name or type");
      }
      for (const AvroField& other : node->fields) {
        if (other.name == field.name) {
          return BadSchema("the record '" + node->name + "' has two fields '" + field.name + "'");
        }
      }
      if (const auto aliases = json_field.find("aliases");
          aliases != json_field.end() && aliases->is_array()) {
        for (const Json& alias : *aliases) {
          if (alias.is_string()) field.aliases.push_back(alias.get<std::string>());
        }
      }
      if (json_field.contains("default")) field.default_json = json_field["default"].dump();
      ARROW_ASSIGN_OR_RAISE(field.type, Parse(json_field["type"], space, depth + 1));
      node->fields.push_back(std::move(field));
    }
    return Status::OK();
  }

  // A logical type that does not fit its type is passed over, as Avro demands.
  static Status AddLogicalType(const Json& json, AvroType* node) {
    node->catalyst_type = TextOf(json, "spark.sql.catalyst.type");
    const std::string logical = TextOf(json, "logicalType");
    const AvroKind kind = node->kind;
    if (logical == "decimal" && (kind == AvroKind::kBytes || kind == AvroKind::kFixed)) {
      node->precision = NumberOf(json, "precision");
      node->scale = NumberOf(json, "scale");
      if (node->precision < 1 || node->scale < 0 || node->scale > node->precision)
        return Status::OK();
      node->logical_type = logical;
    } else if ((logical == "date" && kind == AvroKind::kInt) ||
               ((logical == "timestamp-millis" || logical == "timestamp-micros" ||
                 logical == "local-timestamp-millis" || logical == "local-timestamp-micros") &&
                kind == AvroKind::kLong)) {
      node->logical_type = logical;
    }
    return Status::OK();
  }

  AvroSchema* const schema_;
  std::unordered_map<std::string, const AvroType*> named_;
  const AvroType* primitives_[static_cast<size_t>(AvroKind::kString) + 1] = {};
};

Result<std::shared_ptr<const AvroSchema>> AvroSchema::Parse(const std::string& json) {
  Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    // The name of a primitive type may stand without quotes.
    if (!PrimitiveOf(json)) return BadSchema("'" + json.substr(0, 200) + "' is no JSON");
    parsed = json;
  }
  std::shared_ptr<AvroSchema> schema(new AvroSchema);
  schema->json_ = parsed.is_string() ? parsed.dump() : json;
  ARROW_ASSIGN_OR_RAISE(schema->root_, AvroSchemaParser(schema.get()).Parse(parsed, "", 0));
  return schema;
}

}  // namespace headrace
