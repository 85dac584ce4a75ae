// Between Avro's types and Spark's.
#include <map>

#include <nlohmann/json.hpp>

#include "functions/avro/avro_schema.h"

namespace headrace {

namespace {

using OrderedJson = nlohmann::ordered_json;

Status Unsupported(const std::string& what) {
  return MakeError(ErrorKind::kSpark, "",
                   "The Avro schema cannot be converted to a type of Spark: " + what + ".");
}

class TypeMapper {
 public:
  explicit TypeMapper(const AvroTypeOptions& options) : options_(options) {}

  Result<FieldPtr> Map(const AvroType& type) {
    switch (type.kind) {
      case AvroKind::kNull:
        return Field(arrow::null(), true);
      case AvroKind::kBoolean:
        return Field(arrow::boolean());
      case AvroKind::kInt:
        if (type.logical_type == "date") return Field(arrow::date32());
        return type.catalyst_type.starts_with("interval") ? Field(arrow::month_interval())
                                                          : Field(arrow::int32());
      case AvroKind::kLong:
        if (type.logical_type.starts_with("timestamp")) return Field(TimestampType());
        if (type.logical_type.starts_with("local")) return Field(TimestampNtzType());
        return type.catalyst_type.starts_with("interval")
                   ? Field(arrow::duration(arrow::TimeUnit::MICRO))
                   : Field(arrow::int64());
      case AvroKind::kFloat:
        return Field(arrow::float32());
      case AvroKind::kDouble:
        return Field(arrow::float64());
      case AvroKind::kString:
      case AvroKind::kEnum:
        return Field(arrow::utf8());
      case AvroKind::kBytes:
      case AvroKind::kFixed:
        if (type.logical_type != "decimal") return Field(arrow::binary());
        if (type.precision > 38) {
          return Unsupported("a decimal of " + std::to_string(type.precision) + " digits");
        }
        return Field(arrow::decimal128(type.precision, type.scale));
      case AvroKind::kArray: {
        ARROW_ASSIGN_OR_RAISE(const auto item, Map(*type.children[0]));
        if (!item) return item;
        return Field(ArrayOf(item->type(), item->nullable()));
      }
      case AvroKind::kMap: {
        ARROW_ASSIGN_OR_RAISE(const auto value, Map(*type.children[0]));
        if (!value) return value;
        return Field(MapOf(arrow::utf8(), value->type(), value->nullable()));
      }
      case AvroKind::kRecord:
        return MapRecord(type);
      case AvroKind::kUnion:
        return MapUnion(type);
    }
    return Unsupported("the type " + AvroKindName(type.kind));
  }

 private:
  static FieldPtr Field(DataTypePtr type, bool nullable = false) {
    return arrow::field("", std::move(type), nullable);
  }

  // Null: the record is in itself too often, and what holds it leaves it out.
  Result<FieldPtr> MapRecord(const AvroType& type) {
    int& depth = depths_[&type];
    if (depth > 0 && depth >= options_.recursive_field_max_depth) {
      if (options_.recursive_field_max_depth > 0) return FieldPtr();
      return Unsupported("the record " + type.name +
                         " holds itself; set recursiveFieldMaxDepth to cut it off");
    }
    ++depth;
    arrow::FieldVector fields;
    for (const AvroField& field : type.fields) {
      ARROW_ASSIGN_OR_RAISE(const auto mapped, Map(*field.type));
      if (mapped) fields.push_back(mapped->WithName(field.name));
    }
    --depths_[&type];
    return Field(arrow::struct_(std::move(fields)));
  }

  Result<FieldPtr> MapUnion(const AvroType& type) {
    const auto branches = NonNullBranches(type);
    const bool nullable = branches.size() < type.children.size();
    if (branches.empty()) return Field(arrow::null(), true);
    if (branches.size() == 1) {
      ARROW_ASSIGN_OR_RAISE(const auto only, Map(*branches[0]));
      return only ? Field(only->type(), nullable || only->nullable()) : only;
    }
    if (auto number = CommonNumberOf(branches)) return Field(std::move(number), nullable);
    arrow::FieldVector members;
    for (size_t i = 0; i < branches.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto member, Map(*branches[i]));
      // Only one of them is set.
      if (member) {
        members.push_back(
            arrow::field(UnionMemberName(*branches[i], i, options_), member->type(), true));
      }
    }
    return Field(arrow::struct_(std::move(members)), nullable);
  }

  const AvroTypeOptions& options_;
  std::map<const AvroType*, int> depths_;
};

int64_t BytesOfPrecision(int32_t precision) {
  int64_t bytes = 1;
  // 2^(8n-1) must exceed 10^precision - 1.
  while ((static_cast<double>(8 * bytes - 1)) * 0.30102999566398120 < precision) ++bytes;
  return bytes;
}

class SchemaMaker {
 public:
  Result<OrderedJson> Make(const DataType& type, bool nullable, const std::string& name,
                           const std::string& space) {
    ARROW_ASSIGN_OR_RAISE(auto json, MakeNotNull(type, name, space));
    if (!nullable || type.id() == arrow::Type::NA) return json;
    return OrderedJson::array({std::move(json), "null"});
  }

 private:
  static OrderedJson Logical(const char* type, const char* logical) {
    return {{"type", type}, {"logicalType", logical}};
  }
  static OrderedJson Catalyst(const char* type, const std::string& name) {
    return {{"type", type}, {"spark.sql.catalyst.type", name}};
  }

  Result<OrderedJson> MakeNotNull(const DataType& type, const std::string& name,
                                  const std::string& space) {
    switch (type.id()) {
      case arrow::Type::NA:
        return OrderedJson("null");
      case arrow::Type::BOOL:
        return OrderedJson("boolean");
      case arrow::Type::INT8:
      case arrow::Type::INT16:
      case arrow::Type::INT32:
        return OrderedJson("int");
      case arrow::Type::INT64:
        return OrderedJson("long");
      case arrow::Type::FLOAT:
        return OrderedJson("float");
      case arrow::Type::DOUBLE:
        return OrderedJson("double");
      case arrow::Type::STRING:
        return OrderedJson("string");
      case arrow::Type::BINARY:
        return OrderedJson("bytes");
      case arrow::Type::DATE32:
        return Logical("int", "date");
      case arrow::Type::TIMESTAMP:
        return Logical("long",
                       IsTimestampLtz(type) ? "timestamp-micros" : "local-timestamp-micros");
      case arrow::Type::INTERVAL_MONTHS:
        return Catalyst("int", SimpleString(type));
      case arrow::Type::DURATION:
        return Catalyst("long", SimpleString(type));
      case arrow::Type::DECIMAL128: {
        const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
        OrderedJson json = {{"type", "fixed"},
                            {"name", "fixed"},
                            {"namespace", space.empty() ? name : space + "." + name},
                            {"size", BytesOfPrecision(decimal.precision())},
                            {"logicalType", "decimal"},
                            {"precision", decimal.precision()},
                            {"scale", decimal.scale()}};
        return json;
      }
      case arrow::Type::LIST: {
        ARROW_ASSIGN_OR_RAISE(auto items,
                              Make(*type.field(0)->type(), type.field(0)->nullable(), name, space));
        return OrderedJson({{"type", "array"}, {"items", std::move(items)}});
      }
      case arrow::Type::MAP: {
        const auto& map = static_cast<const arrow::MapType&>(type);
        if (!IsString(*map.key_type())) break;
        ARROW_ASSIGN_OR_RAISE(auto values,
                              Make(*map.item_type(), map.item_field()->nullable(), name, space));
        return OrderedJson({{"type", "map"}, {"values", std::move(values)}});
      }
      case arrow::Type::STRUCT: {
        OrderedJson json = {{"type", "record"}, {"name", name}};
        if (!space.empty()) json["namespace"] = space;
        const std::string inner = space.empty() ? name : space + "." + name;
        OrderedJson fields = OrderedJson::array();
        for (const FieldPtr& field : type.fields()) {
          ARROW_ASSIGN_OR_RAISE(auto made,
                                Make(*field->type(), field->nullable(), field->name(), inner));
          fields.push_back({{"name", field->name()}, {"type", std::move(made)}});
        }
        json["fields"] = std::move(fields);
        return json;
      }
      default:
        break;
    }
    return MakeError(ErrorKind::kSpark, "",
                     "Avro has no type for " + SqlName(type) + ". Cast the column.");
  }
};

}  // namespace

std::vector<const AvroType*> NonNullBranches(const AvroType& union_type) {
  std::vector<const AvroType*> branches;
  for (const AvroType* branch : union_type.children) {
    if (branch->kind != AvroKind::kNull) branches.push_back(branch);
  }
  return branches;
}

DataTypePtr CommonNumberOf(const std::vector<const AvroType*>& branches) {
  if (branches.size() != 2) return nullptr;
  const auto are = [&](AvroKind a, AvroKind b) {
    return (branches[0]->kind == a && branches[1]->kind == b) ||
           (branches[0]->kind == b && branches[1]->kind == a);
  };
  if (are(AvroKind::kInt, AvroKind::kLong)) return arrow::int64();
  if (are(AvroKind::kFloat, AvroKind::kDouble)) return arrow::float64();
  return nullptr;
}

std::string UnionMemberName(const AvroType& member, size_t index, const AvroTypeOptions& options) {
  if (!options.stable_union_names) return "member" + std::to_string(index);
  std::string name = member.name.empty() ? AvroKindName(member.kind) : member.name;
  name = name.substr(name.rfind('.') + 1);
  return options.stable_union_prefix + ToLower(name);
}

Result<FieldPtr> SparkTypeOf(const AvroType& type, const AvroTypeOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto field, TypeMapper(options).Map(type));
  if (!field) return Unsupported("the record " + type.name + " holds itself");
  return field;
}

Result<std::string> AvroSchemaOf(const DataType& type, bool nullable,
                                 const std::string& record_name,
                                 const std::string& record_namespace) {
  ARROW_ASSIGN_OR_RAISE(const auto json,
                        SchemaMaker().Make(type, nullable, record_name, record_namespace));
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace headrace
