#include "operators/python_batches.h"

#include <cstdlib>
#include <utility>

#include "types/wire_types.h"

namespace headrace {
namespace {

constexpr int64_t kLargestBatch = 10000;  // Spark's default

}  // namespace

std::string ZoneOfWorker(const PythonTask& task) {
  const auto zone = task.configuration.find("spark.sql.session.timeZone");
  return zone == task.configuration.end() ? "UTC" : zone->second;
}

int64_t LargestBatch(const PythonTask& task) {
  const auto limit = task.configuration.find("spark.sql.execution.arrow.maxRecordsPerBatch");
  const int64_t rows =
      limit == task.configuration.end() ? 0 : std::strtoll(limit->second.c_str(), nullptr, 10);
  return rows > 0 ? rows : kLargestBatch;
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchForWorker(const Arrays& columns,
                                                           const std::vector<std::string>& names,
                                                           int64_t rows, const std::string& zone) {
  arrow::FieldVector fields;
  std::vector<std::shared_ptr<arrow::ArrayData>> data;
  for (size_t i = 0; i < columns.size(); ++i) {
    const DataTypePtr type = WireType(columns[i]->type(), zone);
    fields.push_back(arrow::field(names[i], type));
    ARROW_ASSIGN_OR_RAISE(data.emplace_back(), ConvertLayout(columns[i]->data(), type));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(data));
}

Result<BatchPtr> BatchFromWorker(const arrow::Array& structs, const SchemaPtr& schema) {
  if (structs.type_id() != arrow::Type::STRUCT ||
      structs.type()->num_fields() != schema->num_fields()) {
    return Status::IOError("a Python worker gave ", structs.type()->ToString(), " in place of ",
                           schema->ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const Arrays fields,
                        static_cast<const arrow::StructArray&>(structs).Flatten());
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (size_t i = 0; i < fields.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        columns.emplace_back(),
        ConvertLayout(fields[i]->data(), schema->field(static_cast<int>(i))->type()));
  }
  return arrow::RecordBatch::Make(schema, structs.length(), std::move(columns));
}

}  // namespace headrace
