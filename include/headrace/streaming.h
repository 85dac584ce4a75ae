// Streams: spark.readStream(), df.writeStream(), the queries that run, spark.streams().
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "headrace/dataframe.h"
#include "headrace/exceptions.h"
#include "headrace/options.h"

namespace headrace::inline v1 {

class DataStreamReader {
 public:
  explicit DataStreamReader(std::shared_ptr<client::Connection> connection)
      : connection_(std::move(connection)) {}

  DataStreamReader& format(const std::string& source);
  DataStreamReader& schema(const StructType& schema);
  DataStreamReader& schema(const std::string& ddl);
  DataStreamReader& option(const std::string& key, const OptionValue& value);
  DataStreamReader& options(const OptionMap& options);

  DataFrame load() const;
  DataFrame load(const std::string& path) const;
  DataFrame text(const std::string& path) const { return Load("text", path); }
  DataFrame json(const std::string& path) const { return Load("json", path); }
  DataFrame csv(const std::string& path) const { return Load("csv", path); }
  DataFrame parquet(const std::string& path) const { return Load("parquet", path); }
  DataFrame orc(const std::string& path) const { return Load("orc", path); }
  DataFrame table(const std::string& name) const;

 private:
  DataFrame Load(const std::string& format, const std::string& path) const;

  std::shared_ptr<client::Connection> connection_;
  std::optional<std::string> format_;
  std::string schema_;
  OptionMap options_;
};

// When a query looks for new data. Intervals are Spark's: "1 second", "5 minutes".
class Trigger {
 public:
  enum class Kind { kProcessingTime, kOnce, kAvailableNow, kContinuous, kRealTime };

  static Trigger ProcessingTime(const std::string& interval);
  static Trigger ProcessingTime(std::chrono::milliseconds interval);
  static Trigger Once() { return Trigger(Kind::kOnce, ""); }
  static Trigger AvailableNow() { return Trigger(Kind::kAvailableNow, ""); }
  static Trigger Continuous(const std::string& checkpointInterval);
  static Trigger RealTime(const std::string& batchDuration);

  Kind kind() const { return kind_; }
  const std::string& interval() const { return interval_; }

 private:
  Trigger(Kind kind, std::string interval) : kind_(kind), interval_(std::move(interval)) {}

  Kind kind_;
  std::string interval_;
};

struct StreamingQueryStatus {
  std::string message;
  bool isDataAvailable = false;
  bool isTriggerActive = false;
};

struct SourceProgress {
  std::string description;
  std::string startOffset, endOffset, latestOffset;  // JSON; "" where the engine tells none
  int64_t numInputRows = 0;
  double inputRowsPerSecond = 0;
  double processedRowsPerSecond = 0;
};

struct StateOperatorProgress {
  std::string operatorName;
  int64_t numRowsTotal = 0;
  int64_t numRowsUpdated = 0;
  int64_t numRowsRemoved = 0;
  int64_t numRowsDroppedByWatermark = 0;
  int64_t memoryUsedBytes = 0;
};

// What a query reports after a micro-batch. `json` has everything, the other members the commonest.
struct StreamingQueryProgress {
  std::string json;
  std::string id, runId;
  std::optional<std::string> name;
  std::string timestamp;  // ISO 8601, UTC
  int64_t batchId = 0;
  int64_t numInputRows = 0;
  double inputRowsPerSecond = 0;
  double processedRowsPerSecond = 0;
  std::map<std::string, int64_t> durationMs;
  std::map<std::string, std::string> eventTime;  // watermark, max, min, avg
  std::vector<SourceProgress> sources;
  std::vector<StateOperatorProgress> stateOperators;
  std::string sinkDescription;
  int64_t numOutputRows = -1;  // -1: the sink does not tell

  // Takes what Spark's progress JSON has and this struct knows; IllegalArgumentException for text
  // that is no JSON object.
  static StreamingQueryProgress fromJson(const std::string& json);
};

// A query that runs, or ran. The handle may be dropped without stopping the query.
class StreamingQuery {
 public:
  StreamingQuery(std::shared_ptr<client::Connection> connection, std::string id, std::string run_id,
                 std::string name)
      : connection_(std::move(connection)),
        id_(std::move(id)),
        run_id_(std::move(run_id)),
        name_(std::move(name)) {}

  // Stays the same when the query is started again from its checkpoint; runId does not.
  const std::string& id() const { return id_; }
  const std::string& runId() const { return run_id_; }
  std::optional<std::string> name() const;

  bool isActive() const;
  StreamingQueryStatus status() const;
  std::optional<StreamingQueryProgress> lastProgress() const;
  std::vector<StreamingQueryProgress> recentProgress() const;
  // Why the query failed; nothing while it runs or when it was stopped.
  std::optional<StreamingQueryException> exception() const;
  std::string explainString(bool extended = false) const;
  void explain(bool extended = false) const;

  void stop() const;
  // Both throw the query's StreamingQueryException if it failed. The second answers whether the
  // query ended within the time.
  void awaitTermination() const;
  bool awaitTermination(std::chrono::milliseconds timeout) const;
  // Waits until everything that the sources had at the time of the call is processed.
  void processAllAvailable() const;

 private:
  std::shared_ptr<client::Connection> connection_;
  std::string id_, run_id_, name_;
};

class DataStreamWriter {
 public:
  explicit DataStreamWriter(DataFrame input) : input_(std::move(input)) {}

  DataStreamWriter& format(const std::string& sink);
  DataStreamWriter& outputMode(const std::string& mode);  // append, update, complete
  DataStreamWriter& option(const std::string& key, const OptionValue& value);
  DataStreamWriter& options(const OptionMap& options);
  DataStreamWriter& queryName(const std::string& name);
  DataStreamWriter& trigger(const Trigger& trigger);
  DataStreamWriter& partitionBy(const std::vector<std::string>& columns);
  template <NameLike... ColumnNames>
  DataStreamWriter& partitionBy(const ColumnNames&... names) {
    return partitionBy(std::vector<std::string>{std::string(names)...});
  }

  StreamingQuery start() const;
  StreamingQuery start(const std::string& path) const;
  StreamingQuery toTable(const std::string& name) const;

 private:
  StreamingQuery Start(const std::string& path, const std::string& table) const;

  DataFrame input_;
  std::string format_;
  std::string output_mode_;
  std::string query_name_;
  OptionMap options_;
  std::optional<Trigger> trigger_;
  std::vector<std::string> partitions_;
};

// The queries of a session.
class StreamingQueryManager {
 public:
  explicit StreamingQueryManager(std::shared_ptr<client::Connection> connection)
      : connection_(std::move(connection)) {}

  std::vector<StreamingQuery> active() const;
  std::optional<StreamingQuery> get(const std::string& id) const;
  // Waits until any query has ended since the session began or the last resetTerminated().
  void awaitAnyTermination() const;
  bool awaitAnyTermination(std::chrono::milliseconds timeout) const;
  void resetTerminated() const;

 private:
  std::shared_ptr<client::Connection> connection_;
};

}  // namespace headrace::inline v1
