#include "connectors/python/python_tasks.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/builder.h>

#include "connector/batch_list_reader.h"
#include "python/task_exchange.h"
#include "types/wire_types.h"

namespace headrace {
namespace {

// One struct column that holds whole rows.
std::shared_ptr<arrow::RecordBatch> WrapRows(const arrow::RecordBatch& rows) {
  auto wrapped = std::make_shared<arrow::StructArray>(arrow::struct_(rows.schema()->fields()),
                                                      rows.num_rows(), rows.columns());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("struct", wrapped->type())}),
                                  rows.num_rows(), {wrapped});
}

// The fields of the one struct column that results are.
Result<arrow::ArrayVector> UnwrapRows(const arrow::RecordBatch& results, int fields) {
  if (results.num_columns() != 1 || results.column(0)->type_id() != arrow::Type::STRUCT ||
      results.column(0)->type()->num_fields() != fields) {
    return Status::IOError("a Python data source gave ", results.schema()->ToString(),
                           " in place of ", fields, " columns");
  }
  return static_cast<const arrow::StructArray&>(*results.column(0)).Flatten();
}

class PythonPartition final : public PartitionReader {
 public:
  PythonPartition(DataSourceCalls calls, std::shared_ptr<const PythonTask> task, int number,
                  std::string partition, SchemaPtr schema, std::vector<int> positions)
      : calls_(std::move(calls)),
        task_(std::move(task)),
        number_(number),
        partition_(std::move(partition)),
        schema_(std::move(schema)),
        positions_(std::move(positions)) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (exchange_ == nullptr) ARROW_RETURN_NOT_OK(Start());
    ARROW_ASSIGN_OR_RAISE(const auto results, exchange_->NextBatch());
    if (results == nullptr) return nullptr;
    ARROW_ASSIGN_OR_RAISE(const auto columns, UnwrapRows(*results, schema_->num_fields()));
    return RowsFromWorker(columns, results->num_rows(), *schema_, positions_);
  }

 private:
  Status Start() {
    ARROW_ASSIGN_OR_RAISE(
        exchange_, TaskExchange::Start(calls_.context(), task_.get(),
                                       TaskPlace{number_, std::nullopt}, calls_.cancellation()));
    arrow::BinaryBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Append(partition_));
    ARROW_ASSIGN_OR_RAISE(auto column, builder.Finish());
    const auto input =
        WrapRows(*arrow::RecordBatch::Make(PartitionColumn(), 1, {std::move(column)}));
    ARROW_RETURN_NOT_OK(exchange_->SendBatch(*input));
    ARROW_RETURN_NOT_OK(exchange_->EndStream(input->schema()));
    return exchange_->EndInput();
  }

  const DataSourceCalls calls_;
  const std::shared_ptr<const PythonTask> task_;
  const int number_;
  const std::string partition_;
  const SchemaPtr schema_;
  const std::vector<int> positions_;
  std::unique_ptr<TaskExchange> exchange_;
};

class PythonPartitionWriter final : public SinkWriter {
 public:
  PythonPartitionWriter(DataSourceCalls calls, std::shared_ptr<const PythonTask> task,
                        int partition, SchemaPtr schema, std::optional<std::string>* message)
      : calls_(std::move(calls)),
        task_(std::move(task)),
        partition_(partition),
        schema_(std::move(schema)),
        message_(message) {
    const auto& configuration = calls_.context()->configuration;
    const auto zone = configuration.find("spark.sql.session.timeZone");
    zone_ = zone == configuration.end() ? "UTC" : zone->second;
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Start());
    for (int64_t row = 0; row < batch->num_rows(); row += calls_.batch_rows()) {
      ARROW_ASSIGN_OR_RAISE(const auto rows, ForWorker(*batch->Slice(row, calls_.batch_rows())));
      ARROW_RETURN_NOT_OK(exchange_->SendBatch(*rows));
    }
    return Status::OK();
  }

  // The writer is called for a partition without rows too.
  Status Finish() override {
    ARROW_RETURN_NOT_OK(Start());
    ARROW_ASSIGN_OR_RAISE(const auto nothing, arrow::RecordBatch::MakeEmpty(schema_));
    ARROW_ASSIGN_OR_RAISE(const auto empty, ForWorker(*nothing));
    ARROW_RETURN_NOT_OK(exchange_->EndStream(empty->schema()));
    ARROW_RETURN_NOT_OK(exchange_->EndInput());
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto results, exchange_->NextBatch());
      if (results == nullptr) break;
      ARROW_ASSIGN_OR_RAISE(const auto columns, UnwrapRows(*results, 1));
      if (results->num_rows() != 1 || columns[0]->type_id() != arrow::Type::BINARY) {
        return Status::IOError("a Python data source gave ", columns[0]->ToString(),
                               " in place of one commit message");
      }
      *message_ = static_cast<const arrow::BinaryArray&>(*columns[0]).GetString(0);
    }
    exchange_.reset();
    return Status::OK();
  }

 private:
  Status Start() {
    if (exchange_ != nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(
        exchange_, TaskExchange::Start(calls_.context(), task_.get(),
                                       TaskPlace{partition_, std::nullopt}, calls_.cancellation()));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> ForWorker(const arrow::RecordBatch& rows) const {
    arrow::FieldVector fields;
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (int i = 0; i < rows.num_columns(); ++i) {
      const DataTypePtr type = WireType(rows.column(i)->type(), zone_);
      fields.push_back(arrow::field(schema_->field(i)->name(), type));
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), ConvertLayout(rows.column_data(i), type));
    }
    return WrapRows(*arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows.num_rows(),
                                              std::move(columns)));
  }

  const DataSourceCalls calls_;
  const std::shared_ptr<const PythonTask> task_;
  const int partition_;
  const SchemaPtr schema_;
  std::optional<std::string>* const message_;
  std::string zone_;
  std::unique_ptr<TaskExchange> exchange_;
};

}  // namespace

std::shared_ptr<const PythonTask> DataSourceTask(const DataSourceCalls& calls,
                                                 const std::string& command) {
  auto task = std::make_shared<PythonTask>();
  task->evaluation = PythonEvaluation::kMapArrow;
  task->python_version = calls.source().python_version;
  task->calls = {{{{0, ""}}, {command}}};
  task->configuration = calls.context()->configuration;
  task->files_directory = calls.context()->files_directory;
  task->includes = calls.context()->includes;
  return task;
}

Result<std::shared_ptr<arrow::RecordBatch>> RowsFromWorker(const arrow::ArrayVector& columns,
                                                           int64_t rows,
                                                           const arrow::Schema& schema,
                                                           const std::vector<int>& positions) {
  arrow::FieldVector fields;
  std::vector<std::shared_ptr<arrow::ArrayData>> data;
  for (const int position : positions) {
    fields.push_back(schema.field(position));
    ARROW_ASSIGN_OR_RAISE(data.emplace_back(),
                          ConvertLayout(columns[position]->data(), fields.back()->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(data));
}

Result<PartitionReaders> ReadPartitions(const DataSourceCalls& calls,
                                        std::shared_ptr<const PythonTask> task,
                                        const std::vector<std::string>& partitions,
                                        const SchemaPtr& schema, const ScanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto positions, ColumnPositions(*schema, request.columns));
  PartitionReaders readers;
  for (const std::string& partition : partitions) {
    readers.push_back(std::make_unique<PythonPartition>(
        calls, task, static_cast<int>(readers.size()), partition, schema, positions));
  }
  return readers;
}

std::unique_ptr<SinkWriter> WritePartition(const DataSourceCalls& calls,
                                           std::shared_ptr<const PythonTask> task, int partition,
                                           const SchemaPtr& schema,
                                           std::optional<std::string>* message) {
  return std::make_unique<PythonPartitionWriter>(calls, std::move(task), partition, schema,
                                                 message);
}

}  // namespace headrace
