#include "connector/batch_list_reader.h"

namespace headrace {

namespace {

class BatchListReader final : public PartitionReader {
 public:
  BatchListReader(std::vector<std::shared_ptr<arrow::RecordBatch>> batches,
                  std::vector<int> positions)
      : batches_(std::move(batches)), positions_(std::move(positions)) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (next_ == batches_.size()) return nullptr;
    return std::move(batches_[next_++])->SelectColumns(positions_);
  }

 private:
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::vector<int> positions_;
  size_t next_ = 0;
};

}  // namespace

Result<std::vector<int>> ColumnPositions(const arrow::Schema& schema,
                                         const std::vector<std::string>& columns) {
  std::vector<int> positions;
  positions.reserve(columns.size());
  for (const auto& column : columns) {
    const int position = schema.GetFieldIndex(column);
    if (position < 0) {
      return MakeError(ErrorKind::kSpark, "INTERNAL_ERROR",
                       "A reader was asked for the column " + QuoteIdentifier(column) +
                           ", which its source has not.");
    }
    positions.push_back(position);
  }
  return positions;
}

Result<SchemaPtr> ProjectSchema(const arrow::Schema& schema,
                                const std::vector<std::string>& columns) {
  ARROW_ASSIGN_OR_RAISE(auto positions, ColumnPositions(schema, columns));
  arrow::FieldVector fields;
  for (int position : positions) fields.push_back(schema.field(position));
  return arrow::schema(std::move(fields));
}

Result<std::unique_ptr<PartitionReader>> MakeBatchListReader(
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches, const arrow::Schema& schema,
    const std::vector<std::string>& columns) {
  ARROW_ASSIGN_OR_RAISE(auto positions, ColumnPositions(schema, columns));
  return std::make_unique<BatchListReader>(std::move(batches), std::move(positions));
}

}  // namespace headrace
