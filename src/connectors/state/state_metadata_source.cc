// The source `state-metadata`: one row a store of a stateful operator, also of checkpoints that
// Apache Spark wrote.
#include <utility>

#include <arrow/builder.h>

#include "checkpoint/checkpoint.h"
#include "connector/batch_list_reader.h"
#include "connector/option_check.h"
#include "connectors/state/state_sources.h"
#include "state/state_reader.h"

namespace headrace {
namespace {

SchemaPtr MetadataSchema() {
  return arrow::schema(
      {arrow::field("operatorId", arrow::int64()), arrow::field("operatorName", arrow::utf8()),
       arrow::field("stateStoreName", arrow::utf8()), arrow::field("numPartitions", arrow::int32()),
       arrow::field("minBatchId", arrow::int64()), arrow::field("maxBatchId", arrow::int64()),
       arrow::field("operatorProperties", arrow::utf8())});
}

Result<std::shared_ptr<arrow::RecordBatch>> ReadMetadata(const std::string& checkpoint,
                                                         const std::shared_ptr<FileSystem>& files) {
  ARROW_ASSIGN_OR_RAISE(const auto operators,
                        ReadStateSummaries(JoinPath(checkpoint, "state"), files.get()));
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> commits,
                        MetadataLog(JoinPath(checkpoint, "commits"), files).Ids());
  arrow::Int64Builder ids, first, last;
  arrow::StringBuilder names, stores, properties;
  arrow::Int32Builder partitions;
  for (const StateOperatorSummary& summary : operators) {
    const std::string state = JoinPath(checkpoint, "state");
    const int id = static_cast<int>(summary.operator_id);
    ARROW_ASSIGN_OR_RAISE(const bool is_ours, HasStateSchema(state, id, files.get()));
    StatefulOperatorDeclaration declared;
    if (is_ours) {
      ARROW_ASSIGN_OR_RAISE(declared, ReadStateOperator(state, id, files.get()));
    }
    for (const StateOperatorSummary::Store& store : summary.stores) {
      ARROW_RETURN_NOT_OK(ids.Append(summary.operator_id));
      ARROW_RETURN_NOT_OK(names.Append(summary.name));
      ARROW_RETURN_NOT_OK(stores.Append(store.name));
      ARROW_RETURN_NOT_OK(partitions.Append(store.partitions));
      ARROW_RETURN_NOT_OK(first.Append(commits.empty() ? -1 : commits.front()));
      ARROW_RETURN_NOT_OK(last.Append(commits.empty() ? -1 : commits.back()));
      ARROW_RETURN_NOT_OK(declared.properties.empty() ? properties.AppendNull()
                                                      : properties.Append(declared.properties));
    }
  }
  arrow::ArrayVector columns;
  for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{
           &ids, &names, &stores, &partitions, &first, &last, &properties}) {
    ARROW_ASSIGN_OR_RAISE(auto column, builder->Finish());
    columns.push_back(std::move(column));
  }
  const int64_t rows = columns[0]->length();
  return arrow::RecordBatch::Make(MetadataSchema(), rows, std::move(columns));
}

class StateMetadataScan final : public BatchScan {
 public:
  StateMetadataScan(std::string checkpoint, std::shared_ptr<FileSystem> files)
      : checkpoint_(std::move(checkpoint)), files_(std::move(files)) {}

  SchemaPtr schema() const override { return MetadataSchema(); }
  std::string Description() const override { return "state-metadata-table"; }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(auto rows, ReadMetadata(checkpoint_, files_));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, MakeBatchListReader({std::move(rows)}, *MetadataSchema(), request.columns));
    PartitionReaders readers;
    readers.push_back(std::move(reader));
    return readers;
  }

 private:
  const std::string checkpoint_;
  const std::shared_ptr<FileSystem> files_;
};

class StateMetadataSourceProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool streaming,
                                  const ConnectorContext& context) override {
    if (streaming) return OpenStream(specification, nullptr, "", context).status();
    ARROW_RETURN_NOT_OK(RefuseSchema(specification, "StateMetadataSource"));
    WarnUnknownOptions("state-metadata", specification.options, {});
    return MetadataSchema();
  }
  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr&,
                                               const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(std::string checkpoint, CheckpointPath(specification));
    return std::make_unique<StateMetadataScan>(std::move(checkpoint), context.files);
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeStateMetadataProvider() {
  return std::make_shared<StateMetadataSourceProvider>();
}

}  // namespace headrace
