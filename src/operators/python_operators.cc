#include "operators/python_operators.h"

#include <utility>

#include "types/wire_types.h"

namespace headrace {
namespace {

constexpr int64_t kLargestBatch = 10000;  // Spark's default

std::string Setting(const PythonOperation& operation, const std::string& key,
                    const std::string& fallback) {
  const auto found = operation.task.configuration.find(key);
  return found == operation.task.configuration.end() ? fallback : found->second;
}

}  // namespace

PythonOperator::PythonOperator(const PhysicalNode& node, const OperatorSite& site)
    : schema_(node.schema),
      operation_(node.python),
      expressions_(node.expressions),
      partition_(site.partition),
      zone_(Setting(*operation_, "spark.sql.session.timeZone", "UTC")) {
  const std::string limit =
      Setting(*operation_, "spark.sql.execution.arrow.maxRecordsPerBatch", "");
  largest_batch_ = std::strtoll(limit.c_str(), nullptr, 10);
  if (largest_batch_ <= 0) largest_batch_ = kLargestBatch;
}

Status PythonOperator::Begin(const BatchContext& context) {
  evaluation_ = EvaluationFor(context, partition_);
  cancellation_ = context.cancellation;
  exchange_.reset();
  return Status::OK();
}

Status PythonOperator::Start() {
  if (exchange_ != nullptr) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(exchange_,
                        TaskExchange::Start(operation_->context, &operation_->task,
                                            TaskPlace{partition_, std::nullopt}, cancellation_));
  return Status::OK();
}

Result<Arrays> PythonOperator::Inputs(const arrow::RecordBatch& batch) const {
  Arrays columns(expressions_.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(columns[i], EvaluateToArray(*expressions_[i], batch, evaluation_));
  }
  return columns;
}

Result<std::shared_ptr<arrow::RecordBatch>> PythonOperator::ForWorker(const Arrays& columns,
                                                                      int64_t rows) const {
  arrow::FieldVector fields;
  std::vector<std::shared_ptr<arrow::ArrayData>> data;
  for (size_t i = 0; i < columns.size(); ++i) {
    const DataTypePtr type = WireType(columns[i]->type(), zone_);
    fields.push_back(arrow::field("_" + std::to_string(i), type));
    ARROW_ASSIGN_OR_RAISE(data.emplace_back(), ConvertLayout(columns[i]->data(), type));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(data));
}

Result<BatchPtr> PythonOperator::FromStruct(const arrow::RecordBatch& results,
                                            const SchemaPtr& schema) {
  if (results.num_columns() != 1 || results.column(0)->type_id() != arrow::Type::STRUCT ||
      results.column(0)->type()->num_fields() != schema->num_fields()) {
    return Status::IOError("a Python worker gave ", results.schema()->ToString(), " in place of ",
                           schema->ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const Arrays fields,
                        static_cast<const arrow::StructArray&>(*results.column(0)).Flatten());
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (size_t i = 0; i < fields.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(
        columns.emplace_back(),
        ConvertLayout(fields[i]->data(), schema->field(static_cast<int>(i))->type()));
  }
  return arrow::RecordBatch::Make(schema, results.num_rows(), std::move(columns));
}

OperatorPtr MakePython(const PhysicalNode& node, const OperatorSite& site) {
  switch (node.python->shape) {
    case PythonOperation::Shape::kColumns:
      return MakePythonColumns(node, site);
    case PythonOperation::Shape::kRows:
      return MakePythonRows(node, site);
    case PythonOperation::Shape::kGroups:
    case PythonOperation::Shape::kAggregate:
      return MakePythonGroups(node, site);
  }
  return nullptr;
}

}  // namespace headrace
