// The source `statestore`: the entries of one store, or what batches changed in it.
#include <algorithm>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include "connector/batch_list_reader.h"
#include "connectors/state/state_options.h"
#include "connectors/state/state_sources.h"
#include "state/state_reader.h"

namespace headrace {
namespace {

// The columns of a store that the user sees: for a side of a join without those that only number
// its rows and say whether they were matched.
struct View {
  int partitions = 0;
  StateStoreDeclaration store;
  std::vector<int> key_columns, value_columns;

  DataTypePtr KeyType() const { return TypeOf(*store.key_schema, key_columns); }
  DataTypePtr ValueType() const { return TypeOf(*store.value_schema, value_columns); }

 private:
  static DataTypePtr TypeOf(const arrow::Schema& schema, const std::vector<int>& columns) {
    arrow::FieldVector fields;
    for (const int column : columns) {
      const FieldPtr& field = schema.field(column);
      // Deduplication stores keys only; in Spark the value is void.
      fields.push_back(field->name() == "__dummy__" ? field->WithType(arrow::null()) : field);
    }
    return arrow::struct_(std::move(fields));
  }
};

std::vector<int> ColumnsBut(const arrow::Schema& schema, const std::string& left_out) {
  std::vector<int> columns;
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (left_out.empty() || schema.field(i)->name() != left_out) columns.push_back(i);
  }
  return columns;
}

Result<View> FindView(const StateReadOptions& options, FileSystem* files) {
  const bool join = options.join_side != JoinSide::kNone;
  const std::string side = options.join_side == JoinSide::kLeft ? "left" : "right";
  const std::string name = join ? side + "-keyWithIndexToValue" : options.store_name;
  ARROW_ASSIGN_OR_RAISE(const bool known,
                        HasStateSchema(options.StatePath(), options.operator_id, files));
  if (!known) {
    ARROW_ASSIGN_OR_RAISE(const auto summaries, ReadStateSummaries(options.StatePath(), files));
    const bool foreign = std::any_of(summaries.begin(), summaries.end(), [&](const auto& summary) {
      return summary.operator_id == options.operator_id;
    });
    return options.SchemaNotReadable(
        foreign ? "the state was written by Apache Spark; read it with Spark"
                : "there is no stateful operator " + std::to_string(options.operator_id));
  }
  ARROW_ASSIGN_OR_RAISE(const StatefulOperatorDeclaration stored,
                        ReadStateOperator(options.StatePath(), options.operator_id, files));
  View view;
  view.partitions = stored.partitions;
  for (const StateStoreDeclaration& store : stored.stores) {
    if (store.name != name) continue;
    view.store = store;
    view.key_columns = ColumnsBut(*store.key_schema, join ? "index" : "");
    view.value_columns = ColumnsBut(*store.value_schema, join ? "matched" : "");
    return view;
  }
  std::string stores;
  for (const StateStoreDeclaration& store : stored.stores) {
    stores += (stores.empty() ? "" : ", ") + store.name;
  }
  return options.SchemaNotReadable("operator " + std::to_string(options.operator_id) + " (" +
                                   stored.name + ") has no store " + name + ", but " + stores);
}

SchemaPtr SchemaOf(const View& view, const StateReadOptions& options) {
  arrow::FieldVector fields;
  if (options.changes) {
    fields = {arrow::field("batch_id", arrow::int64()), arrow::field("change_type", arrow::utf8())};
  }
  fields.push_back(arrow::field("key", view.KeyType()));
  fields.push_back(arrow::field("value", view.ValueType()));
  fields.push_back(arrow::field("partition_id", arrow::int32()));
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::Array> StructOf(const arrow::RecordBatch& batch, const DataTypePtr& type,
                                       const std::vector<int>& columns) {
  arrow::ArrayVector children;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool is_void = type->field(static_cast<int>(i))->type()->id() == arrow::Type::NA;
    children.push_back(is_void ? std::make_shared<arrow::NullArray>(batch.num_rows())
                               : batch.column(columns[i]));
  }
  return std::make_shared<arrow::StructArray>(type, batch.num_rows(), std::move(children));
}

Result<std::shared_ptr<arrow::Array>> Constant(const arrow::Scalar& value, int64_t rows) {
  return arrow::MakeArrayFromScalar(value, rows);
}

// Reads a partition when its first batch is asked for.
class StorePartitionReader final : public PartitionReader {
 public:
  StorePartitionReader(StateReadOptions options, View view, int partition, ScanRequest request,
                       std::shared_ptr<FileSystem> files)
      : options_(std::move(options)),
        view_(std::move(view)),
        partition_(partition),
        request_(std::move(request)),
        files_(std::move(files)) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (rows_ == nullptr) ARROW_RETURN_NOT_OK(ReadAll());
    return rows_->Next();
  }

 private:
  Status ReadAll() {
    const StateReader reader(options_.StatePath(), options_.operator_id, partition_, view_.store,
                             files_);
    // Version V is the state after batch V - 1.
    if (options_.changes) {
      ARROW_RETURN_NOT_OK(reader.ScanChanges(
          options_.changes->first_batch_id + 1, options_.changes->last_batch_id + 1,
          [&](int64_t version, const arrow::RecordBatch& keys, const arrow::RecordBatch* values) {
            return Add(version - 1, keys, values);
          }));
    } else {
      std::optional<int64_t> snapshot;
      if (options_.snapshot) snapshot = options_.snapshot->start_batch_id + 1;
      ARROW_RETURN_NOT_OK(
          reader.Scan(options_.batch_id + 1, snapshot,
                      [&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) {
                        return Add(options_.batch_id, keys, &values);
                      }));
    }
    ARROW_ASSIGN_OR_RAISE(rows_, MakeBatchListReader(std::move(batches_),
                                                     *SchemaOf(view_, options_), request_.columns));
    return Status::OK();
  }

  Status Add(int64_t batch_id, const arrow::RecordBatch& keys, const arrow::RecordBatch* values) {
    const int64_t rows = keys.num_rows();
    arrow::ArrayVector columns;
    if (options_.changes) {
      ARROW_ASSIGN_OR_RAISE(auto ids, Constant(arrow::Int64Scalar(batch_id), rows));
      ARROW_ASSIGN_OR_RAISE(
          auto types, Constant(arrow::StringScalar(values == nullptr ? "delete" : "update"), rows));
      columns = {std::move(ids), std::move(types)};
    }
    columns.push_back(StructOf(keys, view_.KeyType(), view_.key_columns));
    if (values != nullptr) {
      columns.push_back(StructOf(*values, view_.ValueType(), view_.value_columns));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto nulls, arrow::MakeArrayOfNull(view_.ValueType(), rows));
      columns.push_back(std::move(nulls));
    }
    ARROW_ASSIGN_OR_RAISE(auto partitions, Constant(arrow::Int32Scalar(partition_), rows));
    columns.push_back(std::move(partitions));
    batches_.push_back(
        arrow::RecordBatch::Make(SchemaOf(view_, options_), rows, std::move(columns)));
    return Status::OK();
  }

  const StateReadOptions options_;
  const View view_;
  const int partition_;
  const ScanRequest request_;
  const std::shared_ptr<FileSystem> files_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::unique_ptr<PartitionReader> rows_;
};

class StateStoreScan final : public BatchScan {
 public:
  StateStoreScan(StateReadOptions options, View view, std::shared_ptr<FileSystem> files)
      : options_(std::move(options)), view_(std::move(view)), files_(std::move(files)) {}

  SchemaPtr schema() const override { return SchemaOf(view_, options_); }
  std::string Description() const override {
    return "StateTable [stateCkptLocation=file:" + options_.StatePath() +
           "][batchId=" + std::to_string(options_.batch_id) +
           "][operatorId=" + std::to_string(options_.operator_id) +
           "][storeName=" + view_.store.name + "]";
  }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    PartitionReaders readers;
    for (int partition = 0; partition < view_.partitions; ++partition) {
      if (options_.snapshot && options_.snapshot->partition != partition) continue;
      readers.push_back(
          std::make_unique<StorePartitionReader>(options_, view_, partition, request, files_));
    }
    if (!readers.empty()) return readers;
    const std::string partition = std::to_string(options_.snapshot->partition);
    return MakeError(ErrorKind::kRuntime, "CANNOT_LOAD_STATE_STORE.SNAPSHOT_PARTITION_ID_NOT_FOUND",
                     "The state of operator " + std::to_string(options_.operator_id) + " in " +
                         options_.StatePath() + " has no partition " + partition + ".",
                     {{"snapshotPartitionId", partition},
                      {"operatorId", std::to_string(options_.operator_id)},
                      {"checkpointLocation", "file:" + options_.StatePath()}});
  }

 private:
  const StateReadOptions options_;
  const View view_;
  const std::shared_ptr<FileSystem> files_;
};

class StateStoreSourceProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool streaming,
                                  const ConnectorContext& context) override {
    if (streaming) {
      return OpenStream(specification, nullptr, "", context).status();
    }
    ARROW_RETURN_NOT_OK(RefuseSchema(specification, "StateDataSource"));
    ARROW_ASSIGN_OR_RAISE(const auto options, StateReadOptions::Parse(specification, context));
    ARROW_ASSIGN_OR_RAISE(const View view, FindView(options, context.files.get()));
    return SchemaOf(view, options);
  }
  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr&,
                                               const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options, StateReadOptions::Parse(specification, context));
    ARROW_ASSIGN_OR_RAISE(View view, FindView(options, context.files.get()));
    return std::make_unique<StateStoreScan>(std::move(options), std::move(view), context.files);
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeStateStoreProvider() {
  return std::make_shared<StateStoreSourceProvider>();
}

}  // namespace headrace
