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

struct StreamScript {
  std::string columns;  // DDL of the input: "word STRING, ts TIMESTAMP"
  // The query over the view `input`.
  std::string sql = {};
  // Instead of SQL, where that has no words for it.
  std::function<LogicalPlanPtr(const LogicalPlanPtr& input)> plan = nullptr;
  std::string output_mode = "append";
  // withWatermark(column, delay) on the input, if given.
  std::pair<std::string, std::string> watermark = {};
  std::vector<std::pair<std::string, std::string>> configuration = {};
  std::vector<StreamStep> steps = {};
};

// Fails the running test with the script's text, the failing step marked.
void RunStraight(const StreamScript& script);
// Straight, then with a stop and restart after each step, then with an error injected at each point
// (and a restart). Checks inside the script are made only in the straight run; the final content of
// the sink must agree in all.
void RunEverywhere(const StreamScript& script);

// One run of a script: engine, session, query, checkpoint directory.
class StreamRun {
 public:
  explicit StreamRun(const StreamScript& script);
  ~StreamRun();

  Status Start();
  Status Stop();
  Status AddRows(const std::vector<std::string>& rows);
  Status ProcessAll();
  ManualClock& clock() { return *clock_; }
  CollectedRows& collected() { return *collected_; }
  StreamingQueryPtr query() const { return query_; }
  Session& session() { return *session_; }
  const std::string& checkpoint() const { return checkpoint_; }

 private:
  const StreamScript& script_;
  std::string name_;
  std::string checkpoint_;
  std::shared_ptr<ManualClock> clock_;
  std::shared_ptr<MemoryStream> stream_;
  std::shared_ptr<CollectedRows> collected_;
  ConnectorRegistry connectors_;
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  StreamingQueryPtr query_;
};

}  // namespace headrace
