#include <nlohmann/json.hpp>

#include "connector/offset_error.h"
#include "connector/option_check.h"
#include "connectors/rate/rate_rows.h"
#include "connectors/rate/rate_source.h"

namespace headrace {

namespace {

struct RateMicroBatchOptions {
  int64_t rows_per_batch = 0;
  int64_t partitions = 1;
  int64_t start_timestamp_ms = 0;
  int64_t advance_ms_per_batch = 1000;

  static Result<RateMicroBatchOptions> Parse(const Options& options,
                                             const ConnectorContext& context) {
    RateMicroBatchOptions parsed;
    if (!options.Has("rowsPerBatch")) {
      return IllegalArgument("",
                             "The source rate-micro-batch needs the option 'rowsPerBatch', a "
                             "positive number.",
                             {{"option", "rowsPerBatch"}});
    }
    ARROW_ASSIGN_OR_RAISE(parsed.rows_per_batch, options.GetPositiveInt("rowsPerBatch", 0));
    ARROW_ASSIGN_OR_RAISE(parsed.partitions,
                          options.GetPositiveInt("numPartitions", context.default_parallelism));
    ARROW_ASSIGN_OR_RAISE(parsed.start_timestamp_ms, options.GetInt("startTimestamp", 0));
    if (parsed.start_timestamp_ms < 0) {
      return InvalidOption("startTimestamp", options.GetOr("startTimestamp", ""),
                           "must not be negative");
    }
    ARROW_ASSIGN_OR_RAISE(parsed.advance_ms_per_batch,
                          options.GetInt("advanceMillisPerBatch", 1000));
    if (parsed.advance_ms_per_batch < 0) {
      return InvalidOption("advanceMillisPerBatch", options.GetOr("advanceMillisPerBatch", ""),
                           "must not be negative");
    }
    WarnUnknownOptions(
        "rate-micro-batch", options,
        {"rowsperbatch", "numpartitions", "starttimestamp", "advancemillisperbatch"});
    return parsed;
  }
};

struct BatchOffset {
  int64_t offset = 0;
  int64_t timestamp_ms = 0;

  OffsetJson ToJson() const {
    return "{\"offset\":" + std::to_string(offset) +
           ",\"timestamp\":" + std::to_string(timestamp_ms) + "}";
  }
  static Result<BatchOffset> Parse(const OffsetJson& json) {
    const auto value = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!value.is_object() || !value.contains("offset") || !value["offset"].is_number_integer() ||
        !value.contains("timestamp") || !value["timestamp"].is_number_integer()) {
      return MalformedOffset(json, "rate-micro-batch", "like {\"offset\":3,\"timestamp\":1000}");
    }
    return BatchOffset{value["offset"].get<int64_t>(), value["timestamp"].get<int64_t>()};
  }
};

class RateMicroBatchSource final : public Source {
 public:
  explicit RateMicroBatchSource(const RateMicroBatchOptions& options) : options_(options) {}

  SchemaPtr schema() const override { return RateSchema(); }
  std::string Description() const override {
    return "RatePerMicroBatchStream[rowsPerBatch=" + std::to_string(options_.rows_per_batch) +
           ", numPartitions=" + std::to_string(options_.partitions) +
           ", startTimestamp=" + std::to_string(options_.start_timestamp_ms) +
           ", advanceMsPerBatch=" + std::to_string(options_.advance_ms_per_batch) + "]";
  }
  Result<std::optional<OffsetJson>> InitialOffset() override {
    return BatchOffset{0, options_.start_timestamp_ms}.ToJson();
  }
  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit&) override {
    BatchOffset from{0, options_.start_timestamp_ms};
    if (start) {
      ARROW_ASSIGN_OR_RAISE(from, BatchOffset::Parse(*start));
    }
    if (available_now_ && ended_) return from.ToJson();
    ended_ = true;
    return BatchOffset{from.offset + options_.rows_per_batch,
                       from.timestamp_ms + options_.advance_ms_per_batch}
        .ToJson();
  }
  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(const auto from,
                          start ? BatchOffset::Parse(*start)
                                : Result<BatchOffset>(BatchOffset{0, options_.start_timestamp_ms}));
    ARROW_ASSIGN_OR_RAISE(const auto to, BatchOffset::Parse(end));
    return ReadRateRange({from.offset, to.offset, from.timestamp_ms, 0}, options_.partitions,
                         request);
  }
  Status Commit(const OffsetJson&) override { return Status::OK(); }
  // There is always a next batch.
  int64_t next_poll_us() const override { return 0; }
  Result<bool> PrepareForAvailableNow() override {
    available_now_ = true;
    ended_ = false;
    return true;
  }

 private:
  const RateMicroBatchOptions options_;
  bool available_now_ = false;  // one batch is what is there now
  bool ended_ = false;
};

class RateMicroBatchProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext& context) override {
    ARROW_RETURN_NOT_OK(RefuseUserSchema(specification, "RatePerMicroBatchProvider"));
    ARROW_RETURN_NOT_OK(RateMicroBatchOptions::Parse(specification.options, context).status());
    return RateSchema();
  }
  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr&, const std::string&,
                                             const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          RateMicroBatchOptions::Parse(specification.options, context));
    return std::make_unique<RateMicroBatchSource>(options);
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeRateMicroBatchProvider() {
  return std::make_shared<RateMicroBatchProvider>();
}

}  // namespace headrace
