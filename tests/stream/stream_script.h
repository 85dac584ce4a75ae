// A streaming test as a script: add rows, advance the clock, run, stop, restart, check the answer.
//
// A script runs on a whole engine with a manual clock, seeded randomness and memory sources. The
// same script runs straight, with a restart after every step, and with a failure at every
// injection point; what the sink holds in the end must be the same each time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/fault_file_system.h"
#include "collecting_sink.h"
#include "connectors/memory/memory.h"
#include "conservation.h"
#include "session/session.h"

namespace headrace {

class StreamRun;

struct StreamStep {
  std::string text;  // for the report of a failure
  std::function<Status(StreamRun&)> run;
  bool is_check = false;
};

// Rows are texts like "a|1|2024-01-01 00:01:00", casted to the stream's column types.
StreamStep AddData(std::vector<std::string> rows);
// A file of these JSON rows for one of `inputs`.
StreamStep AddFile(std::string input, std::vector<std::string> lines);
StreamStep AdvanceClock(int64_t milliseconds);
StreamStep ProcessAllAvailable();
StreamStep StopStream();
StreamStep StartStream();
// All rows that the sink ever got, in any order.
StreamStep CheckAnswer(std::vector<std::string> rows);
// The rows of the newest batch, in any order.
StreamStep CheckLastBatch(std::vector<std::string> rows);
// The newest progress object holds `text`.
StreamStep CheckProgress(std::string text);
// The query has failed or fails now, with this condition; it may be started again.
StreamStep ExpectFailure(std::string condition);

// A view over `input` or earlier views. Two views of one input are two streams whose rows come in
// the same batch.
struct StreamView {
  std::string name;
  std::string sql;
  std::pair<std::string, std::string> watermark = {};
};
// A directory of JSON files as a view, one file a batch.
struct JsonInput {
  std::string name;
  std::string columns;  // DDL
  std::pair<std::string, std::string> watermark = {};
};
// A step of the DataFrame API after the query: "dropDuplicates", "k ts"; see README.md.
struct DataFrameStep {
  std::string method, arguments;
};

struct StreamScript {
  std::string columns;  // DDL of the input: "word STRING, ts TIMESTAMP"
  // The query over the view `input`.
  std::string sql = {};
  // Instead of SQL, where that has no words for it.
  std::function<LogicalPlanPtr(const LogicalPlanPtr& input)> plan = nullptr;
  std::string output_mode = "append";
  // withWatermark(column, delay) on the input, if given.
  std::pair<std::string, std::string> watermark = {};
  std::vector<StreamView> views = {};
  std::vector<std::pair<std::string, std::string>> configuration = {};
  std::vector<StreamStep> steps = {};
  // Instead of `columns` and `watermark`.
  std::vector<JsonInput> inputs = {};
  std::vector<DataFrameStep> then = {};
};

// Fails the running test with the script's text, the failing step marked.
void RunStraight(const StreamScript& script);
// Straight, then with a stop and restart after each step, then with an error injected at each point
// (and a restart). Checks inside the script are made only in the straight run; the final content of
// the sink must agree in all.
void RunEverywhere(const StreamScript& script);
// Straight, then with a stop and restart after each step.
void RunWithRestarts(const StreamScript& script);
// As RunEverywhere, but at a third of the injection points, which the script's text chooses.
void RunSomewhere(const StreamScript& script);

// One run of a script: engine, session, query, checkpoint directory.
class StreamRun {
 public:
  explicit StreamRun(const StreamScript& script);
  ~StreamRun();

  Status Start();
  Status Stop();
  Status AddRows(const std::vector<std::string>& rows);
  Status AddFile(const std::string& input, const std::vector<std::string>& lines);
  Status ProcessAll();
  ManualClock& clock() { return *clock_; }
  CollectedRows& collected() { return *collected_; }
  StreamingQueryPtr query() const { return query_; }
  Session& session() { return *session_; }
  const std::string& checkpoint() const { return checkpoint_; }

 private:
  Status CreateViews();
  Result<LogicalPlanPtr> Query();
  Status CheckConservation();

  const StreamScript& script_;
  std::string name_;
  std::string checkpoint_;
  std::string input_directory_;
  int files_ = 0;
  std::shared_ptr<ManualClock> clock_;
  std::shared_ptr<MemoryStream> stream_;
  std::shared_ptr<CollectedRows> collected_;
  ConnectorRegistry connectors_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  LogicalPlanPtr input_;  // the view `input`
  Conservation conservation_;
  StreamingQueryPtr query_;
};

}  // namespace headrace
