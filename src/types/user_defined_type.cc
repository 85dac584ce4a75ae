#include "types/user_defined_type.h"

#include <arrow/util/key_value_metadata.h>

namespace headrace {

namespace {

constexpr char kMark[] = "user_defined";
constexpr char kJvmClass[] = "user_defined_jvm_class";
constexpr char kPythonClass[] = "user_defined_python_class";
constexpr char kSerializedClass[] = "user_defined_serialized_class";

// The part that carries the definition; null: there is none.
const arrow::KeyValueMetadata* Carried(const DataType& type) {
  if (type.num_fields() == 0) return nullptr;
  // The one part of a map is its entries.
  const bool is_map = type.id() == arrow::Type::MAP;
  const auto& part = is_map ? static_cast<const arrow::MapType&>(type).key_field() : type.field(0);
  return part->metadata().get();
}

std::string Text(const arrow::KeyValueMetadata& metadata, const char* key) {
  const int position = metadata.FindKey(key);
  return position < 0 ? "" : metadata.value(position);
}

}  // namespace

Result<DataTypePtr> DefineType(const DataTypePtr& stored, const TypeDefinition& definition) {
  const auto metadata = arrow::key_value_metadata(
      {kMark, kJvmClass, kPythonClass, kSerializedClass},
      {"", definition.jvm_class, definition.python_class, definition.serialized_python_class});
  const auto mark = [&](const FieldPtr& field) { return field->WithMergedMetadata(metadata); };
  switch (stored->id()) {
    case arrow::Type::LIST:
      return arrow::list(mark(stored->field(0)));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*stored);
      return std::make_shared<arrow::MapType>(mark(map.key_field()), map.item_field());
    }
    case arrow::Type::STRUCT: {
      if (stored->num_fields() == 0) break;
      arrow::FieldVector fields = stored->fields();
      fields[0] = mark(fields[0]);
      return arrow::struct_(std::move(fields));
    }
    default:
      break;
  }
  const std::string name =
      definition.python_class.empty() ? definition.jvm_class : definition.python_class;
  return AnalysisError("UNSUPPORTED_DATATYPE",
                       "The user-defined type " + name + " is stored as " + SqlName(*stored) +
                           "; a struct, an array or a map is needed.",
                       {{"typeName", "\"" + name + "\""}});
}

bool IsDefined(const DataType& type) {
  const auto* metadata = Carried(type);
  return metadata != nullptr && metadata->FindKey(kMark) >= 0;
}

TypeDefinition DefinitionOf(const DataType& type) {
  const auto* metadata = Carried(type);
  return {Text(*metadata, kJvmClass), Text(*metadata, kPythonClass),
          Text(*metadata, kSerializedClass)};
}

}  // namespace headrace
