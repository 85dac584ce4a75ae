#include "connectors/kafka/sink_columns.h"

#include <vector>

#include "connectors/kafka/source_options.h"

namespace headrace {

namespace {

Status WrongColumn(const std::string& text) {
  return AnalysisError("_LEGACY_ERROR_TEMP_3080", text, {{"msg", text}});
}

Result<int> FindColumn(const arrow::Schema& schema, const std::string& name,
                       const std::vector<DataTypePtr>& accepted) {
  int position = -1;
  for (int i = 0; i < schema.num_fields() && position < 0; ++i) {
    if (schema.field(i)->name() == name) position = i;
  }
  if (position < 0) return position;
  const DataType& type = *schema.field(position)->type();
  std::string names;
  for (const auto& each : accepted) {
    if (SameType(type, *each)) return position;
    names += (names.empty() ? "" : " or ") + SimpleString(*each);
  }
  return WrongColumn(name + " attribute unsupported type " + SimpleString(type) + ". " + name +
                     " must be a(n) " + names);
}

}  // namespace

Result<SinkColumns> SinkColumns::Find(const arrow::Schema& schema,
                                      const std::optional<std::string>& topic) {
  SinkColumns columns;
  if (!topic) {
    ARROW_ASSIGN_OR_RAISE(columns.topic, FindColumn(schema, "topic", {arrow::utf8()}));
    if (columns.topic < 0) {
      return WrongColumn(
          "topic option required when no 'topic' attribute is present. Use the topic option for "
          "setting a topic.");
    }
  }
  const std::vector<DataTypePtr> bytes{arrow::utf8(), arrow::binary()};
  ARROW_ASSIGN_OR_RAISE(columns.key, FindColumn(schema, "key", bytes));
  ARROW_ASSIGN_OR_RAISE(columns.value, FindColumn(schema, "value", bytes));
  if (columns.value < 0) return WrongColumn("Required attribute 'value' not found");
  ARROW_ASSIGN_OR_RAISE(columns.headers, FindColumn(schema, "headers", {KafkaHeadersType()}));
  ARROW_ASSIGN_OR_RAISE(columns.partition, FindColumn(schema, "partition", {arrow::int32()}));
  return columns;
}

}  // namespace headrace
