#include "connectors/rate/rate_rows.h"

#include <cmath>

#include "connector/batch_list_reader.h"

namespace headrace {

namespace {

constexpr int64_t kRowsPerBatch = 8192;

class RateReader final : public PartitionReader {
 public:
  RateReader(const RateRange& range, int64_t partition, int64_t partitions, SchemaPtr schema)
      : range_(range),
        next_(range.first + partition),
        step_(partitions),
        schema_(std::move(schema)) {}

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (next_ >= range_.last) return nullptr;
    const int64_t rows =
        std::min<int64_t>(kRowsPerBatch, (range_.last - next_ + step_ - 1) / step_);
    arrow::ArrayVector columns;
    for (const auto& field : schema_->fields()) {
      ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(rows * sizeof(int64_t)));
      Fill(field->name() == "value", rows, reinterpret_cast<int64_t*>(buffer->mutable_data()));
      columns.push_back(arrow::MakeArray(arrow::ArrayData::Make(
          field->type(), rows, {nullptr, std::shared_ptr<arrow::Buffer>(std::move(buffer))}, 0)));
    }
    next_ += rows * step_;
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

 private:
  void Fill(bool values, int64_t rows, int64_t* out) const {
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t value = next_ + i * step_;
      if (values) {
        out[i] = value;
      } else {
        // Java's Math.round.
        const double relative = static_cast<double>(value - range_.first) * range_.ms_per_value;
        out[i] = (range_.start_ms + static_cast<int64_t>(std::floor(relative + 0.5))) * 1000;
      }
    }
  }

  const RateRange range_;
  int64_t next_;
  const int64_t step_;
  const SchemaPtr schema_;
};

}  // namespace

SchemaPtr RateSchema() {
  return arrow::schema(
      {arrow::field("timestamp", TimestampType()), arrow::field("value", arrow::int64())});
}

Result<PartitionReaders> ReadRateRange(const RateRange& range, int64_t partitions,
                                       const ScanRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto schema, ProjectSchema(*RateSchema(), request.columns));
  PartitionReaders readers;
  const int64_t used = std::min(partitions, range.last - range.first);
  for (int64_t partition = 0; partition < used; ++partition) {
    readers.push_back(std::make_unique<RateReader>(range, partition, partitions, schema));
  }
  return readers;
}

Status RefuseUserSchema(const SourceSpecification& specification, const std::string& provider) {
  if (!specification.user_schema) return Status::OK();
  return MakeError(
      ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2242",
      "The source " + specification.format + " has a fixed schema; leave out schema(...).",
      {{"provider", provider}});
}

}  // namespace headrace
