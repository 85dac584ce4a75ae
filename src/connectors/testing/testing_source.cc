#include <charconv>
#include <utility>

#include "connector/batch_list_reader.h"
#include "connectors/testing/numbered_batches.h"
#include "connectors/testing/testing_providers.h"

namespace headrace {
namespace {

Result<int64_t> ParseOffset(const OffsetJson& text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return number;
  return Status::Invalid("'", text, "' is no offset of a test's input: it must be an integer");
}

// In names and types; whether there may be nulls does not count.
bool SameColumns(const arrow::Schema& written, const arrow::Schema& wanted) {
  if (written.num_fields() != wanted.num_fields()) return false;
  for (int i = 0; i < written.num_fields(); ++i) {
    if (written.field(i)->name() != wanted.field(i)->name()) return false;
    if (!written.field(i)->type()->Equals(*wanted.field(i)->type())) return false;
  }
  return true;
}

// The rows with numbers in [first, last], one partition.
Result<PartitionReaders> ReadNumbers(const NumberedBatches& input, int64_t first, int64_t last,
                                     const SchemaPtr& schema, const ScanRequest& request) {
  NumberedBatches::Batches rows;
  ARROW_ASSIGN_OR_RAISE(const auto numbers, input.Numbers());
  for (const int64_t number : numbers) {
    if (number < first || number > last) continue;
    ARROW_ASSIGN_OR_RAISE(const SchemaPtr written, input.Read(number, &rows));
    if (!SameColumns(*written, *schema)) {
      return Status::Invalid("The rows ", number, " of ", input.directory(), " are ",
                             written->ToString(), ", not ", schema->ToString());
    }
  }
  for (auto& batch : rows) {
    batch = arrow::RecordBatch::Make(schema, batch->num_rows(), batch->columns());
  }
  PartitionReaders readers;
  ARROW_ASSIGN_OR_RAISE(readers.emplace_back(),
                        MakeBatchListReader(std::move(rows), *schema, request.columns));
  return readers;
}

class TestStream final : public Source {
 public:
  TestStream(NumberedBatches input, SchemaPtr schema)
      : input_(std::move(input)), schema_(std::move(schema)) {}

  ~TestStream() override { input_.SetWake(this, nullptr); }

  SchemaPtr schema() const override { return schema_; }
  std::string Description() const override { return "TestStream[" + input_.directory() + "]"; }

  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit&) override {
    if (fixed_end_) return fixed_end_;
    ARROW_ASSIGN_OR_RAISE(const auto numbers, input_.Numbers());
    if (numbers.empty()) return start;
    latest_ = std::to_string(numbers.back());
    return latest_;
  }
  std::optional<OffsetJson> ReportLatestOffset() override { return latest_; }

  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t before, start ? ParseOffset(*start) : Result<int64_t>(-1));
    ARROW_ASSIGN_OR_RAISE(const int64_t last, ParseOffset(end));
    return ReadNumbers(input_, before + 1, last, schema_, request);
  }
  Status Commit(const OffsetJson& end) override { return ParseOffset(end).status(); }
  void SetWake(std::function<void()> wake) override { input_.SetWake(this, std::move(wake)); }
  int64_t next_poll_us() const override { return -1; }
  Result<bool> PrepareForAvailableNow() override {
    ARROW_ASSIGN_OR_RAISE(fixed_end_, LatestOffset(std::nullopt, ReadLimit{}));
    return true;
  }

 private:
  const NumberedBatches input_;
  const SchemaPtr schema_;
  std::optional<OffsetJson> latest_, fixed_end_;
};

class TestTable final : public BatchScan {
 public:
  TestTable(NumberedBatches input, SchemaPtr schema, int64_t first)
      : input_(std::move(input)), schema_(std::move(schema)), first_(first) {}
  SchemaPtr schema() const override { return schema_; }
  std::string Description() const override { return "test [" + input_.directory() + "]"; }
  Result<PartitionReaders> Read(const ScanRequest& request) override {
    return ReadNumbers(input_, first_, INT64_MAX, schema_, request);
  }

 private:
  const NumberedBatches input_;
  const SchemaPtr schema_;
  const int64_t first_;
};

class TestSourceProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext& context) override {
    if (specification.user_schema != nullptr) return specification.user_schema;
    ARROW_ASSIGN_OR_RAISE(const auto input, InputOf(specification, context));
    ARROW_ASSIGN_OR_RAISE(const auto numbers, input.Numbers());
    if (numbers.empty()) {
      return AnalysisError("UNABLE_TO_INFER_SCHEMA",
                           "There are no rows in " + input.directory() + " yet: give a schema().",
                           {{"format", kTestFormat}});
    }
    NumberedBatches::Batches rows;
    return input.Read(numbers.front(), &rows);
  }
  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr& schema,
                                               const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto input, InputOf(specification, context));
    ARROW_ASSIGN_OR_RAISE(const int64_t first, specification.options.GetInt("first", 0));
    return std::make_unique<TestTable>(std::move(input), schema, first);
  }
  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr& schema, const std::string&,
                                             const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto input, InputOf(specification, context));
    return std::make_unique<TestStream>(std::move(input), schema);
  }

 private:
  static Result<NumberedBatches> InputOf(const SourceSpecification& specification,
                                         const ConnectorContext& context) {
    std::optional<std::string> path = specification.options.Get("path");
    if (specification.paths.size() == 1) path = specification.paths.front();
    return TestDirectory(path, context);
  }
};

}  // namespace

Result<NumberedBatches> TestDirectory(const std::optional<std::string>& path,
                                      const ConnectorContext& context) {
  if (!path) {
    return IllegalArgument("", "The format headrace-test needs one path, that of a directory.",
                           {{"option", "path"}});
  }
  ARROW_ASSIGN_OR_RAISE(std::string directory, StripFileScheme(*path));
  return NumberedBatches(context.files, std::move(directory));
}

std::shared_ptr<SourceProvider> MakeTestSourceProvider() {
  return std::make_shared<TestSourceProvider>();
}

}  // namespace headrace
