// The configuration of a query run: the session's values at start(), then what the checkpoint
// pins (semantics.md 1.3 "Recovery of conf").
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "checkpoint/checkpoint.h"
#include "streaming/streaming_query.h"

namespace headrace {

class QueryConfiguration {
 public:
  // A value in the newest offsets entry wins over the session's, with a warning when they differ.
  QueryConfiguration(const QuerySpecification& specification, const RecoveryState& recovery);

  int shuffle_partitions() const { return shuffle_partitions_; }
  // What goes into each offsets entry.
  const std::map<std::string, std::string>& logged() const { return logged_; }
  std::string Get(const std::string& key, const std::string& fallback) const;
  int64_t GetInt(const std::string& key, int64_t fallback) const;
  bool GetBool(const std::string& key, bool fallback) const;

 private:
  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> logged_;
  int shuffle_partitions_ = 1;
};

}  // namespace headrace
