// The source `statestore`: the entries of one store, or what batches changed in it.
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include "base/remote_path.h"
#include "connector/batch_list_reader.h"
#include "connectors/state/state_options.h"
#include "connectors/state/state_sources.h"
#include "connectors/state/state_view.h"
#include "operators/rows.h"
#include "state/key_table.h"
#include "state/state_reader.h"

namespace headrace {
namespace {

SchemaPtr SchemaOf(const StateView& view, const StateReadOptions& options) {
  arrow::FieldVector fields;
  if (options.changes) {
    fields = {arrow::field("batch_id", arrow::int64()), arrow::field("change_type", arrow::utf8())};
  }
  fields.insert(fields.end(), view.fields().begin(), view.fields().end());
  fields.push_back(arrow::field("partition_id", arrow::int32()));
  return arrow::schema(std::move(fields));
}

Result<std::shared_ptr<arrow::Array>> Constant(const arrow::Scalar& value, int64_t rows) {
  return arrow::MakeArrayFromScalar(value, rows);
}

// Reads a partition when its first batch is asked for.
class StorePartitionReader final : public PartitionReader {
 public:
  StorePartitionReader(StateReadOptions options, StateView view, int partition, ScanRequest request,
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
    const StateReader reader(options_.StatePath(), options_.operator_id, partition_, view_.store(),
                             files_);
    // Version V is the state after batch V - 1.
    if (options_.changes) {
      ARROW_RETURN_NOT_OK(reader.ScanChanges(
          options_.changes->first_batch_id + 1, options_.changes->last_batch_id + 1,
          [&](int64_t version, const arrow::RecordBatch& keys, const arrow::RecordBatch* values) {
            return view_.is_list() ? CollectOfLists(version - 1, keys, values)
                                   : Add(version - 1, keys, values);
          }));
      ARROW_RETURN_NOT_OK(AddOfLists());
    } else {
      ARROW_RETURN_NOT_OK(ReadVersion(reader));
    }
    ARROW_ASSIGN_OR_RAISE(rows_, MakeBatchListReader(std::move(batches_),
                                                     *SchemaOf(view_, options_), request_.columns));
    return Status::OK();
  }

  Status ReadVersion(const StateReader& reader) {
    std::optional<int64_t> snapshot;
    if (options_.snapshot) snapshot = options_.snapshot->start_batch_id + 1;
    std::vector<BatchPtr> all_keys, all_values;
    ARROW_RETURN_NOT_OK(
        reader.Scan(options_.batch_id + 1, snapshot,
                    [&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) {
                      if (!view_.needs_all()) return Add(options_.batch_id, keys, &values);
                      all_keys.push_back(keys.Slice(0));
                      all_values.push_back(values.Slice(0));
                      return Status::OK();
                    }));
    if (all_keys.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const BatchPtr keys,
                          ConcatenateBatches(view_.store().key_schema, all_keys));
    ARROW_ASSIGN_OR_RAISE(const BatchPtr values,
                          ConcatenateBatches(view_.store().value_schema, all_values));
    return Add(options_.batch_id, *keys, values.get());
  }

  Status CollectOfLists(int64_t batch_id, const arrow::RecordBatch& keys,
                        const arrow::RecordBatch* values) {
    if (batch_id != lists_.batch_id) ARROW_RETURN_NOT_OK(AddOfLists());
    lists_.batch_id = batch_id;
    if (values == nullptr) {
      lists_.removed_keys.push_back(keys.Slice(0));
    } else {
      lists_.keys.push_back(keys.Slice(0));
      lists_.values.push_back(values->Slice(0));
    }
    return Status::OK();
  }

  // What a batch did to lists is told as Spark tells it: elements were appended; where others were
  // taken out, the first of the new ones is the list's update; a list without any is deleted.
  Status AddOfLists() {
    const ChangesOfLists changes = std::exchange(lists_, {});
    KeyTable replaced;
    std::vector<uint32_t> numbers;
    StateView::Columns gone;
    if (!changes.removed_keys.empty()) {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr keys,
                            ConcatenateBatches(view_.store().key_schema, changes.removed_keys));
      ARROW_ASSIGN_OR_RAISE(gone, view_.Rows(*keys, nullptr));
      ARROW_RETURN_NOT_OK(NumberGroups(gone, &replaced, &numbers));
    }
    std::vector<uint8_t> open(static_cast<size_t>(replaced.size()), 1);
    if (!changes.keys.empty()) {
      ARROW_ASSIGN_OR_RAISE(const BatchPtr keys,
                            ConcatenateBatches(view_.store().key_schema, changes.keys));
      ARROW_ASSIGN_OR_RAISE(const BatchPtr values,
                            ConcatenateBatches(view_.store().value_schema, changes.values));
      ARROW_ASSIGN_OR_RAISE(StateView::Columns seen, view_.Rows(*keys, values.get()));
      std::vector<uint32_t> groups;
      ARROW_RETURN_NOT_OK(NumberGroups(seen, &replaced, &groups));
      open.resize(static_cast<size_t>(replaced.size()), 0);
      arrow::StringBuilder types;
      for (const uint32_t group : groups) {
        ARROW_RETURN_NOT_OK(types.Append(open[group] != 0 ? "update" : "append"));
        open[group] = 0;
      }
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr type_column, types.Finish());
      ARROW_RETURN_NOT_OK(AddRows(changes.batch_id, type_column, std::move(seen)));
    }
    std::vector<uint32_t> deleted;  // rows of `gone`, one of each list
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (open[numbers[i]] == 0) continue;
      open[numbers[i]] = 0;
      deleted.push_back(static_cast<uint32_t>(i));
    }
    if (deleted.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(gone.columns, TakeRows(gone.columns, deleted));
    gone.rows = static_cast<int64_t>(deleted.size());
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr type, Constant(arrow::StringScalar("delete"), gone.rows));
    return AddRows(changes.batch_id, type, std::move(gone));
  }

  static Status NumberGroups(const StateView::Columns& rows, KeyTable* table,
                             std::vector<uint32_t>* numbers) {
    EncodedRows groups;
    ARROW_RETURN_NOT_OK(EncodeRows({rows.columns[0]}, rows.rows, &groups));
    table->FindOrInsert(groups, numbers);
    return Status::OK();
  }

  Status Add(int64_t batch_id, const arrow::RecordBatch& keys, const arrow::RecordBatch* values) {
    ARROW_ASSIGN_OR_RAISE(StateView::Columns seen, view_.Rows(keys, values));
    if (!options_.changes) return AddRows(batch_id, nullptr, std::move(seen));
    const arrow::StringScalar type(values == nullptr ? "delete" : "update");
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr types, Constant(type, seen.rows));
    return AddRows(batch_id, types, std::move(seen));
  }

  // `change_types`: of the change feed, else null.
  Status AddRows(int64_t batch_id, const ArrayPtr& change_types, StateView::Columns seen) {
    arrow::ArrayVector columns;
    if (change_types != nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto ids, Constant(arrow::Int64Scalar(batch_id), seen.rows));
      columns = {std::move(ids), change_types};
    }
    columns.insert(columns.end(), seen.columns.begin(), seen.columns.end());
    ARROW_ASSIGN_OR_RAISE(auto partitions, Constant(arrow::Int32Scalar(partition_), seen.rows));
    columns.push_back(std::move(partitions));
    batches_.push_back(
        arrow::RecordBatch::Make(SchemaOf(view_, options_), seen.rows, std::move(columns)));
    return Status::OK();
  }

  const StateReadOptions options_;
  const StateView view_;
  const int partition_;
  const ScanRequest request_;
  const std::shared_ptr<FileSystem> files_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::unique_ptr<PartitionReader> rows_;
  struct ChangesOfLists {
    int64_t batch_id = -1;
    std::vector<BatchPtr> removed_keys, keys, values;
  };
  ChangesOfLists lists_;  // of the batch that is being read
};

class StateStoreScan final : public BatchScan {
 public:
  StateStoreScan(StateReadOptions options, StateView view, std::shared_ptr<FileSystem> files)
      : options_(std::move(options)), view_(std::move(view)), files_(std::move(files)) {}

  SchemaPtr schema() const override { return SchemaOf(view_, options_); }
  std::string Description() const override {
    return "StateTable [stateCkptLocation=file:" + options_.StatePath() +
           "][batchId=" + std::to_string(options_.batch_id) +
           "][operatorId=" + std::to_string(options_.operator_id) +
           "][storeName=" + view_.store().name + "]";
  }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    PartitionReaders readers;
    for (int partition = 0; partition < view_.partitions(); ++partition) {
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
                      {"checkpointLocation",
                       (IsRemote(options_.StatePath()) ? "" : "file:") + options_.StatePath()}});
  }

 private:
  const StateReadOptions options_;
  const StateView view_;
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
    ARROW_ASSIGN_OR_RAISE(const StateView view, StateView::Find(options, context.files.get()));
    return SchemaOf(view, options);
  }
  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr&,
                                               const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options, StateReadOptions::Parse(specification, context));
    ARROW_ASSIGN_OR_RAISE(StateView view, StateView::Find(options, context.files.get()));
    return std::make_unique<StateStoreScan>(std::move(options), std::move(view), context.files);
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeStateStoreProvider() {
  return std::make_shared<StateStoreSourceProvider>();
}

}  // namespace headrace
