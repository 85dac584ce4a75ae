// What is in a checkpoint directory, told to the people who run the query. Reads only, also beside
// a query that runs; understands what Apache Spark writes but for the contents of its state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace headrace {

struct CheckpointReport {
  struct Store {
    std::string name;
    std::optional<int64_t> keys;  // of the last committed batch; no value: not readable
    int64_t files = 0, bytes = 0;
    // The batches after which the state can still be loaded, in every partition.
    std::optional<int64_t> first_batch, last_batch;
    // Of the entries that leave with the watermark: the smallest event time (a window's start), and
    // the watermark at which the first of them goes.
    std::optional<int64_t> oldest_event_us, next_expiry_us;
  };
  struct Operator {
    int64_t id = 0;
    std::string name;
    int partitions = 0;
    bool written_by_spark = false;
    std::vector<Store> stores;
  };
  struct Source {
    std::optional<std::string> committed, planned;  // offsets
  };
  struct Problem {
    std::string path, message;
  };

  std::string directory;
  std::string query_id;  // "" if it is not readable
  std::optional<int64_t> process_id;
  bool process_runs = false;
  std::optional<int64_t> planned_batch, committed_batch;
  std::optional<int64_t> planned_at_ms;  // when the newest batch was planned
  std::optional<int64_t> watermark_ms;   // of the next batch; no value: none yet
  std::optional<std::string> shuffle_partitions, state_provider;
  std::vector<Source> sources;
  std::vector<Operator> operators;
  std::vector<Problem> problems;  // damaged or missing files
};

// Reads every file of the logs and of the state once. Error: there is no checkpoint in `directory`.
Result<CheckpointReport> DescribeCheckpoint(const std::string& directory,
                                            const std::shared_ptr<FileSystem>& files);

std::string CheckpointText(const CheckpointReport& report);
std::string CheckpointJson(const CheckpointReport& report);

}  // namespace headrace
