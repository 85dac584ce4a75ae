// Avro schemas: parsed from their JSON, and what they are to Spark.
//
//   ARROW_ASSIGN_OR_RAISE(auto schema, AvroSchema::Parse(json));
//   ARROW_ASSIGN_OR_RAISE(auto field, SparkTypeOf(schema->root(), {}));   // type and nullability
//   ARROW_ASSIGN_OR_RAISE(auto json, AvroSchemaOf(*type, false, "topLevelRecord", ""));
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "types/spark_type.h"

namespace headrace {

enum class AvroKind {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

struct AvroType;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  const AvroType* type = nullptr;
  std::string default_json;  // empty: no default
};

// One node. A named type is one node however often it is referred to, so a graph may have cycles.
struct AvroType {
  AvroKind kind = AvroKind::kNull;
  std::string name;                       // record, enum, fixed: with its namespace
  std::vector<std::string> aliases;       // likewise
  std::vector<AvroField> fields;          // record
  std::vector<std::string> symbols;       // enum
  std::string default_symbol;             // enum; empty: none
  std::vector<const AvroType*> children;  // items, values, or the branches of a union
  int64_t size = 0;                       // fixed
  std::string logical_type;               // "decimal", "timestamp-micros"; empty: none
  int32_t precision = 0;                  // decimal
  int32_t scale = 0;
  // Spark writes types here that Avro has not (intervals).
  std::string catalyst_type;

  bool IsNullable() const;  // null, or a union that holds it
};

std::string AvroKindName(AvroKind kind);  // "record"

// Owns the nodes; immutable and thread-safe.
class AvroSchema {
 public:
  // Errors name the place in the schema that breaks Avro's rules.
  static Result<std::shared_ptr<const AvroSchema>> Parse(const std::string& json);
  const AvroType& root() const { return *root_; }
  const std::string& json() const { return json_; }

 private:
  friend class AvroSchemaParser;
  AvroSchema() = default;

  std::string json_;
  std::deque<AvroType> types_;
  const AvroType* root_ = nullptr;
};
using AvroSchemaPtr = std::shared_ptr<const AvroSchema>;

struct AvroTypeOptions {
  // How often a record may hold itself before the field is left out; 0: it must not.
  int recursive_field_max_depth = 0;
  // Name the members of a union by their types, not by their numbers.
  bool stable_union_names = false;
  std::string stable_union_prefix = "member_";
};

// The field of Spark that values of `type` become; its name is "". Error: recursion, a map or
// union that Spark has no type for.
Result<FieldPtr> SparkTypeOf(const AvroType& type, const AvroTypeOptions& options);

// The schema that Spark writes values of `type` with. Error: UNSUPPORTED types, by name.
Result<std::string> AvroSchemaOf(const DataType& type, bool nullable,
                                 const std::string& record_name,
                                 const std::string& record_namespace);

// The branches of a union without null.
std::vector<const AvroType*> NonNullBranches(const AvroType& union_type);
// A union of int and long is a bigint, one of float and double a double; null: neither.
DataTypePtr CommonNumberOf(const std::vector<const AvroType*>& branches);
// The name that the member `index` of a union has as a field of Spark's struct.
std::string UnionMemberName(const AvroType& member, size_t index, const AvroTypeOptions& options);

}  // namespace headrace
