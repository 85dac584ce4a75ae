// Visits to a web site, told apart by pauses: a visitor who is silent for five minutes has left.
//
//   visits DIRECTORY CHECKPOINT
//
// Reads JSON lines {"visitor": "ada", "time": "2024-01-01 00:00:00"} and prints the visits that
// have ended. A second run with the same checkpoint goes on with the visits that had not.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "headrace/headrace.h"

using headrace::ExpiredTimerInfo;
using headrace::Row;
using headrace::SparkSession;
using headrace::StatefulProcessorHandle;
using headrace::TimerValues;

class Visits : public headrace::StatefulProcessor {
 public:
  void init(const StatefulProcessorHandle& handle) override {
    handle_ = handle;
    visit_ = handle.getValueState("visit", "begin TIMESTAMP, pages BIGINT, leaves BIGINT");
  }

  std::vector<Row> handleInputRows(const Row&, const std::vector<Row>& rows,
                                   const TimerValues&) override {
    for (const Row& row : rows) {
      const auto time = row.get<headrace::Timestamp>("time");
      const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
      const int64_t leaves = milliseconds.time_since_epoch().count() + kPauseMs;
      const auto visit = visit_.get();
      visit_.update(Row(visit ? std::min(visit->get<headrace::Timestamp>("begin"), time) : time,
                        visit ? visit->getLong(1) + 1 : int64_t{1},
                        visit ? std::max(visit->getLong(2), leaves) : leaves));
      handle_.registerTimer(leaves);
    }
    return {};
  }

  std::vector<Row> handleExpiredTimer(const Row& key, const TimerValues&,
                                      const ExpiredTimerInfo& timer) override {
    const auto visit = visit_.get();
    // A later page has moved the end.
    if (!visit || visit->getLong(2) > timer.getExpiryTimeInMs()) return {};
    visit_.clear();
    return {Row(key.getString(0), (*visit)[0], visit->getLong(1))};
  }

 private:
  static constexpr int64_t kPauseMs = 5 * 60 * 1000;

  StatefulProcessorHandle handle_;
  headrace::ValueState visit_;
};

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: visits DIRECTORY CHECKPOINT\n";
    return 2;
  }
  try {
    SparkSession spark = SparkSession::builder().appName("visits").getOrCreate();
    auto pages = spark.readStream().schema("visitor STRING, time TIMESTAMP").json(argv[1]);
    auto visits = pages.withWatermark("time", "1 minute")
                      .groupBy("visitor")
                      .transformWithState([] { return std::make_unique<Visits>(); },
                                          "visitor STRING, begin TIMESTAMP, pages BIGINT", "append",
                                          headrace::TimeMode::EventTime);
    auto query = visits.writeStream()
                     .format("console")
                     .option("checkpointLocation", argv[2])
                     .trigger(headrace::Trigger::AvailableNow())
                     .start();
    query.awaitTermination();
  } catch (const headrace::SparkThrowable& error) {
    std::cerr << "visits: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
