#include "warehouse/description.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

struct KindName {
  TableKind kind;
  const char* name;
};
constexpr KindName kKinds[] = {{TableKind::kManaged, "managed"},
                               {TableKind::kExternal, "external"},
                               {TableKind::kView, "view"}};

std::string Text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status Malformed(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "MALFORMED_LOG_FILE",
                   "The description " + path + " of the warehouse is damaged: " + what +
                       ". Restore the file, or remove it and create the object anew; a table's "
                       "data lies elsewhere.",
                   {{"text", what}});
}

// Members of one object; the first that is not of its type is remembered.
class Members {
 public:
  Members(const Json& json, const std::string& path) : json_(json), path_(path) {}

  std::string String(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) return "";
    if (found->is_string()) return found->get<std::string>();
    return Wrong(name, std::string());
  }
  std::optional<std::string> OptionalString(const char* name) {
    if (!json_.contains(name)) return std::nullopt;
    return String(name);
  }
  std::map<std::string, std::string> Map(const char* name) {
    std::map<std::string, std::string> values;
    const auto found = json_.find(name);
    if (found == json_.end()) return values;
    if (!found->is_object()) return Wrong(name, values);
    for (const auto& [key, value] : found->items()) {
      if (!value.is_string()) return Wrong(name, values);
      values[key] = value.get<std::string>();
    }
    return values;
  }
  std::vector<std::string> List(const char* name) {
    std::vector<std::string> values;
    const auto found = json_.find(name);
    if (found == json_.end()) return values;
    if (!found->is_array()) return Wrong(name, values);
    for (const auto& value : *found) {
      if (!value.is_string()) return Wrong(name, values);
      values.push_back(value.get<std::string>());
    }
    return values;
  }
  int64_t Integer(const char* name) {
    const auto found = json_.find(name);
    if (found == json_.end()) return 0;
    return found->is_number_integer() ? found->get<int64_t>() : Wrong(name, int64_t{0});
  }
  Status status() const { return status_; }

 private:
  template <typename Value>
  Value Wrong(const char* name, Value value) {
    if (status_.ok()) status_ = Malformed(path_, std::string(name) + " is of a wrong type");
    return value;
  }

  const Json& json_;
  const std::string& path_;
  Status status_;
};

Result<Json> ParseObject(const std::string& text, const std::string& path) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Malformed(path, "it is no JSON object");
  Members members(json, path);
  const int64_t format = members.Integer("format");
  ARROW_RETURN_NOT_OK(members.status());
  if (format != kFormat) {
    return Malformed(
        path, "its format is " + std::to_string(format) + ", known is " + std::to_string(kFormat));
  }
  return json;
}

}  // namespace

std::string SerializeDatabase(const DatabaseDescription& database) {
  Json json = {{"format", kFormat}, {"name", database.name}, {"comment", database.comment}};
  if (!database.location.empty()) json["location"] = database.location;
  json["properties"] = database.properties;
  return Text(json);
}

std::string SerializeTable(const TableDescription& table) {
  Json json = {{"format", kFormat}, {"database", table.database}, {"name", table.name}};
  for (const auto& [kind, name] : kKinds) {
    if (kind == table.kind) json["kind"] = name;
  }
  json["createdMs"] = table.created_ms;
  if (table.comment) json["comment"] = *table.comment;
  json["schema"] = Json::parse(SchemaToJson(*table.schema), nullptr, false);
  if (table.is_view()) {
    json["viewText"] = table.view_text;
    json["viewDatabase"] = table.view_database;
    json["viewConfiguration"] = table.view_configuration;
  } else {
    json["provider"] = table.format;
    json["partitionColumns"] = table.partition_columns;
    json["options"] = table.options;
    if (!table.location.empty()) json["location"] = table.location;
  }
  json["properties"] = table.properties;
  return Text(json);
}

Result<DatabaseDescription> ParseDatabase(const std::string& text, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseObject(text, path));
  Members members(json, path);
  DatabaseDescription database;
  database.name = members.String("name");
  database.comment = members.String("comment");
  database.location = members.String("location");
  database.properties = members.Map("properties");
  ARROW_RETURN_NOT_OK(members.status());
  return database;
}

Result<TableDescription> ParseTable(const std::string& text, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseObject(text, path));
  Members members(json, path);
  TableDescription table;
  table.database = members.String("database");
  table.name = members.String("name");
  const std::string kind = members.String("kind");
  bool known = false;
  for (const auto& [value, name] : kKinds) {
    if (kind != name) continue;
    table.kind = value;
    known = true;
  }
  if (!known) return Malformed(path, "its kind is '" + kind + "'");
  table.created_ms = members.Integer("createdMs");
  table.comment = members.OptionalString("comment");
  table.format = members.String("provider");
  table.partition_columns = members.List("partitionColumns");
  table.options = members.Map("options");
  table.location = members.String("location");
  table.properties = members.Map("properties");
  table.view_text = members.String("viewText");
  table.view_database = members.String("viewDatabase");
  table.view_configuration = members.Map("viewConfiguration");
  ARROW_RETURN_NOT_OK(members.status());
  const auto schema = json.find("schema");
  if (schema == json.end()) return Malformed(path, "it has no schema");
  const auto parsed = ParseSchema(schema->dump());
  if (!parsed.ok()) return Malformed(path, parsed.status().message());
  table.schema = *parsed;
  return table;
}

}  // namespace headrace
