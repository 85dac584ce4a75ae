#include "connectors/console/console.h"

#include <cstdio>
#include <mutex>

#include "connector/option_check.h"
#include "types/value_text.h"

namespace headrace {

namespace {

struct ConsoleOptions {
  int64_t rows = 20;
  int32_t truncate = 20;  // 0: whole cells

  static Result<ConsoleOptions> Parse(const Options& options) {
    ConsoleOptions parsed;
    ARROW_ASSIGN_OR_RAISE(parsed.rows, options.GetInt("numRows", 20));
    parsed.rows = std::max<int64_t>(parsed.rows, 0);
    ARROW_ASSIGN_OR_RAISE(const bool truncate, options.GetBool("truncate", true));
    parsed.truncate = truncate ? 20 : 0;
    WarnUnknownOptions("console", options, {"numrows", "truncate"});
    return parsed;
  }
};

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

// Keeps no more rows than can be printed.
class ConsoleWriter final : public SinkWriter {
 public:
  ConsoleWriter(int64_t wanted, std::shared_ptr<Batches> kept, std::shared_ptr<int64_t> rows)
      : wanted_(wanted), kept_(std::move(kept)), rows_(std::move(rows)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (*rows_ < wanted_) kept_->push_back(batch->Slice(0, wanted_ - *rows_));
    *rows_ += batch->num_rows();
    return Status::OK();
  }
  Status Finish() override { return Status::OK(); }

 private:
  const int64_t wanted_;
  std::shared_ptr<Batches> kept_;
  std::shared_ptr<int64_t> rows_;
};

class ConsoleSink final : public Sink {
 public:
  ConsoleSink(ConsoleOptions options, SchemaPtr schema, std::shared_ptr<const TimeZone> zone,
              std::function<void(const std::string&)> print, bool with_header)
      : options_(options),
        schema_(std::move(schema)),
        zone_(std::move(zone)),
        print_(std::move(print)),
        with_header_(with_header) {}

  std::string Description() const override {
    return "org.apache.spark.sql.execution.streaming.ConsoleTable$";
  }

  Result<bool> Begin(int64_t) override {
    partitions_.clear();
    return true;
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition) override {
    std::lock_guard lock(mutex_);
    auto& slot = partitions_[partition];
    slot = {std::make_shared<Batches>(), std::make_shared<int64_t>(0)};
    return std::make_unique<ConsoleWriter>(options_.rows + 1, slot.batches, slot.rows);
  }
  Status Prepare(int64_t) override { return Status::OK(); }

  Status Commit(int64_t batch_id) override {
    std::string text;
    if (with_header_) {
      const std::string line(43, '-');
      text = line + "\nBatch: " + std::to_string(batch_id) + "\n" + line + "\n";
    }
    Batches shown;
    last_rows_ = 0;
    int64_t missing = options_.rows + 1;
    for (const auto& [partition, slot] : partitions_) {
      last_rows_ += *slot.rows;
      for (const auto& batch : *slot.batches) {
        if (missing == 0) break;
        shown.push_back(batch->Slice(0, missing));
        missing -= shown.back()->num_rows();
      }
    }
    text += ShowString(*schema_, shown, options_.rows, options_.truncate, false, *zone_) + "\n";
    partitions_.clear();
    if (print_) {
      print_(text);
    } else {
      std::fwrite(text.data(), 1, text.size(), stdout);
      std::fflush(stdout);
    }
    return Status::OK();
  }

  Status Abort(int64_t) override {
    partitions_.clear();
    return Status::OK();
  }
  int64_t last_output_rows() const override { return last_rows_; }

 private:
  struct Partition {
    std::shared_ptr<Batches> batches;
    std::shared_ptr<int64_t> rows;
  };

  const ConsoleOptions options_;
  const SchemaPtr schema_;
  const std::shared_ptr<const TimeZone> zone_;
  const std::function<void(const std::string&)> print_;
  const bool with_header_;
  std::mutex mutex_;  // writers are opened by several threads
  std::map<int, Partition> partitions_;
  int64_t last_rows_ = 0;
};

class ConsoleProvider final : public SinkProvider {
 public:
  Status CheckStream(const SinkSpecification& specification, const ConnectorContext&) override {
    return ConsoleOptions::Parse(specification.options).status();
  }
  Result<std::unique_ptr<Sink>> OpenStream(const SinkSpecification& specification,
                                           const ConnectorContext& context) override {
    return Make(specification, context, true);
  }
  bool allows_temporary_checkpoint() const override { return true; }
  Result<std::unique_ptr<Sink>> OpenBatch(const SinkSpecification& specification, SaveMode,
                                          const ConnectorContext& context) override {
    return Make(specification, context, false);
  }

 private:
  static Result<std::unique_ptr<Sink>> Make(const SinkSpecification& specification,
                                            const ConnectorContext& context, bool with_header) {
    ARROW_ASSIGN_OR_RAISE(auto options, ConsoleOptions::Parse(specification.options));
    return std::make_unique<ConsoleSink>(options, specification.schema, context.session_zone,
                                         context.print, with_header);
  }
};

}  // namespace

void RegisterConsoleConnector(ConnectorRegistry* registry) {
  registry->AddSink("console", std::make_shared<ConsoleProvider>());
}

}  // namespace headrace
