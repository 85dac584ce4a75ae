#include "connectors/rate/rate_source.h"

#include <atomic>
#include <limits>

#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"
#include "connector/offset_error.h"
#include "connector/option_check.h"
#include "connectors/rate/rate_rows.h"

namespace headrace {

namespace {

// A partition more costs a thread's wake-up; below this it is not worth one unless asked for.
constexpr int64_t kRowsForMorePartitions = 16384;

struct RateOptions {
  int64_t rows_per_second = 1;
  int64_t ramp_up_seconds = 0;
  int64_t partitions = 0;  // 0: not given

  static Result<RateOptions> Parse(const Options& options) {
    RateOptions parsed;
    ARROW_ASSIGN_OR_RAISE(parsed.rows_per_second, options.GetPositiveInt("rowsPerSecond", 1));
    // A plain number is seconds here.
    Options ramp_up;
    std::string time = options.GetOr("rampUpTime", "0");
    if (time.find_first_not_of("+-0123456789") == std::string::npos) time += "s";
    ramp_up.Set("rampUpTime", time);
    ARROW_ASSIGN_OR_RAISE(const int64_t ramp_up_us, ramp_up.GetDurationUs("rampUpTime", 0));
    if (ramp_up_us < 0) {
      return InvalidOption("rampUpTime", options.GetOr("rampUpTime", ""), "must not be negative");
    }
    parsed.ramp_up_seconds = ramp_up_us / 1000000;
    if (options.Has("numPartitions")) {
      ARROW_ASSIGN_OR_RAISE(parsed.partitions, options.GetPositiveInt("numPartitions", 1));
    }
    if (parsed.ramp_up_seconds > parsed.max_seconds()) {
      return MakeError(ErrorKind::kArithmetic, "INCORRECT_RAMP_UP_RATE",
                       "With rowsPerSecond " + std::to_string(parsed.rows_per_second) +
                           " values overflow after " + std::to_string(parsed.max_seconds()) +
                           " seconds, which is before the end of rampUpTime.",
                       {{"rowsPerSecond", std::to_string(parsed.rows_per_second)},
                        {"maxSeconds", std::to_string(parsed.max_seconds())},
                        {"rampUpTimeSeconds", std::to_string(parsed.ramp_up_seconds)}});
    }
    WarnUnknownOptions("rate", options, {"rowspersecond", "rampuptime", "numpartitions"});
    return parsed;
  }

  int64_t max_seconds() const { return std::numeric_limits<int64_t>::max() / rows_per_second; }
};

Result<int64_t> ParseSeconds(const OffsetJson& json) {
  try {
    size_t used = 0;
    const int64_t seconds = std::stoll(json, &used);
    if (used == json.size() && seconds >= 0) return seconds;
  } catch (const std::logic_error&) {
  }
  return MalformedOffset(json, "rate", "a number of seconds");
}

// The time at which the source was first started; a restart goes on from there.
Result<int64_t> CreationTimeMs(const std::string& metadata_path, const ConnectorContext& context) {
  MetadataLog log(metadata_path, context.files);
  ARROW_ASSIGN_OR_RAISE(auto text, log.Get(0));
  if (text) {
    if (text->starts_with("v1\n")) {
      ARROW_ASSIGN_OR_RAISE(const int64_t time, ParseSeconds(text->substr(3)));
      return time;
    }
    return MalformedLogFile(log.PathOf(0),
                            "it is no metadata of a rate source, which begins with v1");
  }
  const int64_t now = context.clock->now_ms();
  ARROW_RETURN_NOT_OK(context.files->CreateDirectories(metadata_path));
  ARROW_RETURN_NOT_OK(log.Add(0, "v1\n" + std::to_string(now)));
  return now;
}

class RateSource final : public Source {
 public:
  RateSource(const RateOptions& options, int64_t creation_time_ms, const ConnectorContext& context)
      : options_(options),
        creation_time_ms_(creation_time_ms),
        last_time_ms_(creation_time_ms),
        default_partitions_(context.default_parallelism),
        clock_(context.clock) {}

  SchemaPtr schema() const override { return RateSchema(); }
  std::string Description() const override {
    // The bracket that is missing at the end is missing in Spark, too.
    return "RateStreamV2[rowsPerSecond=" + std::to_string(options_.rows_per_second) +
           ", rampUpTimeSeconds=" + std::to_string(options_.ramp_up_seconds) + ", numPartitions=" +
           (options_.partitions > 0 ? std::to_string(options_.partitions) : "default");
  }

  Result<std::optional<OffsetJson>> InitialOffset() override { return OffsetJson("0"); }
  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>&,
                                                 const ReadLimit&) override {
    if (fixed_end_) return fixed_end_;
    return Now();
  }
  std::optional<OffsetJson> ReportLatestOffset() override { return Now(); }

  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t from, ParseSeconds(start.value_or("0")));
    ARROW_ASSIGN_OR_RAISE(const int64_t to, ParseSeconds(end));
    if (to < from) {
      return Status::Invalid("The rate source cannot read backwards, from second ", from, " to ",
                             to);
    }
    if (to > options_.max_seconds()) {
      return MakeError(ErrorKind::kArithmetic, "INCORRECT_END_OFFSET",
                       "With rowsPerSecond " + std::to_string(options_.rows_per_second) +
                           " values overflow after " + std::to_string(options_.max_seconds()) +
                           " seconds, but " + std::to_string(to) + " have passed.",
                       {{"rowsPerSecond", std::to_string(options_.rows_per_second)},
                        {"maxSeconds", std::to_string(options_.max_seconds())},
                        {"endSeconds", std::to_string(to)}});
    }
    // A recovered batch may lie ahead of a clock that was set back.
    last_time_ms_ = std::max(last_time_ms_, creation_time_ms_ + to * 1000);

    RateRange range;
    range.first = ValueAt(from);
    range.last = ValueAt(to);
    range.start_ms = creation_time_ms_ + from * 1000;
    const int64_t rows = range.last - range.first;
    if (rows == 0) return PartitionReaders{};
    range.ms_per_value = static_cast<double>((to - from) * 1000) / static_cast<double>(rows);
    const int64_t partitions = options_.partitions > 0         ? options_.partitions
                               : rows < kRowsForMorePartitions ? 1
                                                               : default_partitions_;
    return ReadRateRange(range, partitions, request);
  }
  Status Commit(const OffsetJson&) override { return Status::OK(); }

  int64_t next_poll_us() const override {
    const int64_t since_us = clock_->now_us() - creation_time_ms_ * 1000;
    return 1000000 - (since_us % 1000000 + 1000000) % 1000000;
  }
  Result<bool> PrepareForAvailableNow() override {
    fixed_end_ = Now();
    return true;
  }

 private:
  int64_t ValueAt(int64_t seconds) const {
    return RateValueAtSecond(seconds, options_.rows_per_second, options_.ramp_up_seconds);
  }
  OffsetJson Now() {
    last_time_ms_ = std::max(last_time_ms_, clock_->now_ms());
    return std::to_string((last_time_ms_ - creation_time_ms_) / 1000);
  }

  const RateOptions options_;
  const int64_t creation_time_ms_;
  int64_t last_time_ms_;  // never steps back
  const int64_t default_partitions_;
  const std::shared_ptr<Clock> clock_;
  std::optional<OffsetJson> fixed_end_;
};

class RateProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext&) override {
    ARROW_RETURN_NOT_OK(RefuseUserSchema(specification, "RateStreamProvider"));
    ARROW_RETURN_NOT_OK(RateOptions::Parse(specification.options).status());
    return RateSchema();
  }
  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr&, const std::string& metadata_path,
                                             const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options, RateOptions::Parse(specification.options));
    ARROW_ASSIGN_OR_RAISE(const int64_t created, CreationTimeMs(metadata_path, context));
    return std::make_unique<RateSource>(options, created, context);
  }
};

}  // namespace

int64_t RateValueAtSecond(int64_t seconds, int64_t rows_per_second, int64_t ramp_up_seconds) {
  if (seconds > ramp_up_seconds) {
    return RateValueAtSecond(ramp_up_seconds, rows_per_second, ramp_up_seconds) +
           (seconds - ramp_up_seconds) * rows_per_second;
  }
  const int64_t step = rows_per_second / (ramp_up_seconds + 1);
  // step * seconds * (seconds + 1) / 2 without an overflow on the way.
  return seconds % 2 == 1 ? (seconds + 1) / 2 * step * seconds : seconds / 2 * step * (seconds + 1);
}

std::shared_ptr<SourceProvider> MakeRateProvider() { return std::make_shared<RateProvider>(); }

void RegisterRateConnector(ConnectorRegistry* registry) {
  registry->AddSource("rate", MakeRateProvider());
  registry->AddSource("rate-micro-batch", MakeRateMicroBatchProvider());
}

}  // namespace headrace
